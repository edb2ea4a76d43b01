//! The config file for a program whose SDK is to renew its session: a copy with one more profile.

use super::edit::{EditError, edit, line_end};
use super::ini::{File, Sections};
use super::profile::Profile;

/// Settings that say where keys come from: AWS's tools would prefer them to `credential_process`.
const OF_KEYS: [&str; 17] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
    "credential_process",
    "credential_source",
    "duration_seconds",
    "external_id",
    "mfa_serial",
    "role_arn",
    "role_session_name",
    "source_profile",
    "sso_account_id",
    "sso_role_name",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
];

/// Returns a copy of the config file with a new profile, and that profile's name. It gets its keys from
/// `line`, and all other settings from `profile`. The name is new, because keys in the credentials file
/// would override it. Fails if a setting cannot be written.
pub(crate) fn with_renewing_profile(
    text: &str,
    is_taken: impl Fn(&str) -> bool,
    profile: &Profile,
    line: &str,
) -> Result<(String, String), EditError> {
    let name = profile.name.as_deref().unwrap_or("default");
    let name = format!("{name}-renewing");
    let numbered = (2..).map(|number| format!("{name}{number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    let name = names.find(|name| !is_taken(name)).unwrap_or(name);
    let sections = Sections::parse(text, File::Config);
    let own = profile.name.as_deref().and_then(|own| sections.get(own));
    let mut own: Vec<_> = own.into_iter().flatten().collect();
    own.retain(|(key, _)| !OF_KEYS.contains(&key.as_str()));
    own.sort_unstable();
    let resolved = [
        ("region", &profile.region),
        ("endpoint_url", &profile.endpoint),
        ("ca_bundle", &profile.ca_bundle),
    ];
    let is_nested = |key: &str| key.contains('.');
    let is_resolved = |key: &str| resolved.iter().any(|(name, _)| *name == key);
    let outer = |key: &str| {
        own.iter()
            .any(|(other, _)| other.starts_with(&format!("{key}.")))
    };
    let simple = own.iter().filter(|(key, value)| {
        !is_nested(key) && !is_resolved(key) && !outer(key) && !value.is_empty()
    });
    let mut settings = vec![("credential_process", Some(line))];
    settings.extend(simple.map(|(key, value)| (key.as_str(), Some(value.as_str()))));
    let resolved = resolved.iter();
    settings.extend(resolved.filter_map(|(key, value)| Some((*key, Some(value.as_deref()?)))));
    let mut copy = edit(text, File::Config, &name, &settings)?;
    // The new section is the last one.
    let newline = line_end(&copy, cfg!(windows));
    let mut above = "";
    for (key, value) in &own {
        if let Some((key, inner)) = key.split_once('.') {
            if key != above {
                copy.push_str(&format!("{key} ={newline}"));
                above = key;
            }
            copy.push_str(&format!("  {inner} = {value}{newline}"));
        }
    }
    Ok((copy, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::config::Files;

    const CONFIG: &str = "[profile work]\nregion = eu-west-1\noutput = json\nrole_arn = arn:aws:iam::123456789012:role/A\n\
        source_profile = base\ns3 =\n  max_concurrent_requests = 20\n  use_accelerate_endpoint = true\n\
        services = local\n[profile work-renewing]\noutput = text\n[services local]\ns3 =\n  endpoint_url = http://localhost:1\n";

    #[test]
    fn the_copy_has_one_more_profile_with_all_settings_but_those_of_keys() {
        let files = Files {
            config: Sections::parse(CONFIG, File::Config),
            credentials: Sections::parse(
                "[base]\naws_access_key_id = A\naws_secret_access_key = s\n",
                File::Credentials,
            ),
            ..Files::default()
        };
        let profile = files.profile(Some("work")).unwrap();
        let is_taken = |name: &str| files.exists(name);
        let (copy, name) =
            with_renewing_profile(CONFIG, is_taken, &profile, "/bin/mfa 'a b'").unwrap();
        assert_eq!(name, "work-renewing2");
        assert!(copy.starts_with(CONFIG));
        let read = Sections::parse(&copy, File::Config);
        let mut settings: Vec<_> = read.get(&name).unwrap().iter().collect();
        settings.sort_unstable();
        let settings: Vec<_> = settings
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(
            settings,
            [
                "credential_process=/bin/mfa 'a b'",
                "output=json",
                "region=eu-west-1",
                "s3=",
                "s3.max_concurrent_requests=20",
                "s3.use_accelerate_endpoint=true",
                "services=local",
            ]
        );
        // The sections of others are as they were.
        assert_eq!(read.get("work-renewing").unwrap()["output"], "text");
    }
}
