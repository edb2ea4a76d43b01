# In a checkout:  nix run ./.github/packaging/nix -- code NAME
# Rust 1.95 needs a recent nixpkgs.
{
  description = "Two-factor codes for the terminal, made first for AWS";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";

  outputs =
    { nixpkgs, ... }:
    let
      inherit (nixpkgs) lib;
      root = ../../..;
      cargo = builtins.fromTOML (builtins.readFile (root + "/Cargo.toml"));
      # nixpkgs has no Mac with an Intel processor any more.
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ];

      mfa =
        {
          installShellFiles,
          rustPlatform,
          stdenv,
        }:
        rustPlatform.buildRustPackage {
          pname = "mfa";
          inherit (cargo.package) version;
          src = root;
          cargoLock.lockFile = root + "/Cargo.lock";
          nativeBuildInputs = [ installShellFiles ];

          # The tests compare mfa with other authenticators and shells, which .ci/run installs.
          doCheck = false;

          postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
            bash .github/packaging/pages $out/bin/mfa pages
            installManPage pages/man/*.1
            installShellCompletion --cmd mfa \
              --bash pages/completions/mfa.bash \
              --fish pages/completions/mfa.fish \
              --zsh pages/completions/_mfa
          '';

          meta = {
            description = "Two-factor codes for the terminal, made first for AWS";
            license = lib.licenses.mit;
            mainProgram = "mfa";
            platforms = systems;
          };
        };
    in
    {
      packages = lib.genAttrs systems (system: {
        default = nixpkgs.legacyPackages.${system}.callPackage mfa { };
      });
    };
}
