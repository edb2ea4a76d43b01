class Mfa < Formula
  desc "Two-factor codes for the terminal, made first for AWS"
  homepage "https://github.com/@REPOSITORY@"
  license "MIT"

  on_macos do
    on_arm do
      url "https://github.com/@REPOSITORY@/releases/download/v@VERSION@/mfa-@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256_AARCH64_APPLE_DARWIN@"
    end
    on_intel do
      url "https://github.com/@REPOSITORY@/releases/download/v@VERSION@/mfa-@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256_X86_64_APPLE_DARWIN@"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/@REPOSITORY@/releases/download/v@VERSION@/mfa-@VERSION@-aarch64-unknown-linux-gnu.tar.gz"
      sha256 "@SHA256_AARCH64_UNKNOWN_LINUX_GNU@"
    end
    on_intel do
      url "https://github.com/@REPOSITORY@/releases/download/v@VERSION@/mfa-@VERSION@-x86_64-unknown-linux-gnu.tar.gz"
      sha256 "@SHA256_X86_64_UNKNOWN_LINUX_GNU@"
    end
  end

  def install
    bin.install "mfa"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/mfa.bash" => "mfa"
    zsh_completion.install "completions/_mfa"
    fish_completion.install "completions/mfa.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/mfa --version")
    system bin/"mfa", "vault", "init", "--key-file"
    pipe_output("#{bin}/mfa add -", "otpauth://totp/Example:me?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n", 0)
    assert_match(/\A\d{6}\n\z/, shell_output("#{bin}/mfa code me"))
  end
end
