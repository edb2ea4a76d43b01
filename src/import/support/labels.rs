//! The names that other programs give to columns and fields: of keys, titles, user names and groups.
//!
//! Names are compared without case, spaces and signs: `One-time code`, `*TOTP` and `two_factor_secret`
//! are `onetimecode`, `totp` and `twofactorsecret`.

/// A name as the lists here have it: only letters and digits, in lower case.
pub(crate) fn plain(name: &str) -> String {
    let kept = name.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// Whether a column or field of this name holds the key or the URI of one-time passwords.
pub(crate) fn is_key(name: &str) -> bool {
    if name.len() > LONGEST || name.contains("://") {
        return false;
    }
    let name = plain(name);
    KEYS.contains(&name.as_str()) || KEY_PARTS.iter().any(|part| name.contains(part))
}

/// The longest name that is looked at. A row without a head may have notes in place of names.
const LONGEST: usize = 200;

/// Parts that the names of no other fields have: `oneTimeCode:1`, `one-time password (TOTP_…)`.
const KEY_PARTS: &[&str] = &["onetimecode", "onetimepass", "otpauth"];

const KEYS: &[&str] = &[
    "hotp",
    "otps",
    "totps",
    "authkey",
    "softtoken",
    "steamguard",
    "2factor",
    "verificationcode",
    "totp",
    "totpauth",
    "totpcode",
    "totpkey",
    "totpkeyuri",
    "totpsecret",
    "totpsecretkey",
    "totpseed",
    "totptoken",
    "totpuri",
    "totpurl",
    "otp",
    "otpcode",
    "otpkey",
    "otpsecret",
    "otpsecretkey",
    "otpseed",
    "otptoken",
    "otpuri",
    "otpurl",
    "logintotp",
    "loginotp",
    "tfckeeper",
    "2fa",
    "2facode",
    "2fakey",
    "2fasecret",
    "2faseed",
    "2fatoken",
    "2fauri",
    "2faurl",
    "twofa",
    "twofakey",
    "twofasecret",
    "twofatoken",
    "twofactor",
    "twofactorcode",
    "twofactorkey",
    "twofactorsecret",
    "twofactortoken",
    "twofactorauth",
    "twofactorauthentication",
    "2stepverification",
    "twostepverification",
    "2step",
    "twostep",
    "tfa",
    "tfakey",
    "tfasecret",
    "mfa",
    "mfacode",
    "mfakey",
    "mfasecret",
    "mfaseed",
    "mfatoken",
    "authenticator",
    "authenticatorcode",
    "authenticatorkey",
    "authenticatorkeytotp",
    "authenticatorsecret",
    "googleauthenticator",
    "secret",
    "sharedsecret",
    // In other languages, as Enpass and others label their fields.
    "einmalcode",
    "einmalkennwort",
    "einmalpasswort",
    "codeàusageunique",
    "motdepasseàusageunique",
    "codeunique",
    "códigodeunsolouso",
    "códigodeusoúnico",
    "contraseñadeunsolouso",
    "contraseñadeusoúnico",
    "senhadeusoúnico",
    "codicemonouso",
    "passwordmonouso",
    "codiceusaegetta",
    "eenmaligecode",
    "eenmaligwachtwoord",
    "engångskod",
    "engångslösenord",
    "engangskode",
    "engangsadgangskode",
    "engangspassord",
    "kertakäyttökoodi",
    "kertakäyttöinenkoodi",
    "kertakäyttösalasana",
    "kodjednorazowy",
    "hasłojednorazowe",
    "jednorázovýkód",
    "jednorázovéheslo",
    "egyszerikód",
    "egyszerijelszó",
    "codunic",
    "parolădeunicăfolosință",
    "tekkullanımlıkkod",
    "tekkullanımlıkşifre",
    "одноразовыйкод",
    "одноразовыйпароль",
    "одноразовийкод",
    "одноразовийпароль",
    "κωδικόςμίαςχρήσης",
    "ワンタイムコード",
    "ワンタイムパスワード",
    "一次性代码",
    "一次性密码",
    "一次性验证码",
    "一次性密碼",
    "一次性驗證碼",
    "일회용코드",
    "일회용비밀번호",
];

/// Names of the column with the service, the surest first.
pub(crate) const TITLES: &[&str] = &[
    "issuer",
    "service",
    "servicename",
    "title",
    "name",
    "itemname",
    "displayname",
    "nickname",
    "passwordname",
    "secretname",
    "beschreibung",
];

/// Names of the column or field with the account at the service, the surest first.
pub(crate) const USERS: &[&str] = &[
    "username",
    "loginusername",
    "login",
    "loginname",
    "userid",
    "account",
    "accountname",
    "user",
    "email",
    "emailaddress",
    "aliasemail",
    "label",
    "username2",
    "username3",
    "benutzername",
    "anmeldename",
    "nomdutilisateur",
    "identifiant",
    "nombredeusuario",
    "usuario",
    "nomedeusuário",
    "nomedeutilizador",
    "nomeutente",
    "gebruikersnaam",
    "användarnamn",
    "brugernavn",
    "brukernavn",
    "käyttäjätunnus",
    "käyttäjänimi",
    "nazwaużytkownika",
    "uživatelskéjméno",
    "felhasználónév",
    "numedeutilizator",
    "kullanıcıadı",
    "имяпользователя",
    "логин",
    "імякористувача",
    "όνομαχρήστη",
    "ユーザー名",
    "用户名",
    "使用者名稱",
    "사용자이름",
];

/// Names of the column with the entry's folders, groups or labels.
pub(crate) const GROUPS: &[&str] = &[
    "folder",
    "folderpath",
    "foldername",
    "group",
    "grouping",
    "category",
    "vault",
    "tags",
    "chambername",
    "organisationseinheit",
];

/// Names of the column with the address of a web site.
pub(crate) const SITES: &[&str] = &["url", "website", "loginurl", "loginuri", "domain", "site"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_keys_are_known_in_any_dress() {
        for name in [
            "TOTP",
            "*TOTP",
            "One-time code",
            "one time password",
            "One-Time Passwort",
            "TwoFactorSecret",
            "two_factor",
            "$oneTimeCode:1",
            "TFC:Keeper",
            "TOTP KEY$",
            "otpauth_url",
            "login_totp",
            "Authenticator key (TOTP)",
            "Einmal-Code",
            "Code à usage unique",
            "ワンタイムパスワード",
        ] {
            assert!(is_key(name), "{name}");
        }
        for name in [
            "totp_digits",
            "totp_period",
            "password",
            "one",
            "2fa enabled",
            "otp type",
            "recovery code",
            "secret key",
            "otpauth://totp/a?secret=JBSWY3DP",
            "",
        ] {
            assert!(!is_key(name), "{name}");
        }
    }

    #[test]
    fn the_lists_are_written_as_names_are_compared() {
        for name in KEYS
            .iter()
            .chain(TITLES)
            .chain(USERS)
            .chain(GROUPS)
            .chain(SITES)
        {
            assert_eq!(plain(name), **name);
        }
    }
}
