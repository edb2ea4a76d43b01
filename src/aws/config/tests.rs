//! How AWS's tools choose and resolve profiles.

use super::*;

const CONFIG: &str = "[default]\nregion = eu-west-1\n\
    [profile work]\nregion = us-east-1\nmfa_serial = arn:aws:iam::123456789012:mfa/alice\n\
    [profile admin]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = work\n\
    duration_seconds = 7200\n\
    [profile own]\nrole_arn = r\nsource_profile = own\n\
    [profile chain]\nrole_arn = r\nsource_profile = admin\n\
    [profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nsource_profile = a\n\
    [profile a-mfa]\ncredential_process = mfa aws credential-process --profile a-mfa\n\
    [profile over]\nrole_arn = r\nsource_profile = work-mfa\n\
    [profile sso]\nsso_session = corp\n[sso-session corp]\nsso_region = x\n\
    [profile ec2]\nrole_arn = r\ncredential_source = Ec2InstanceMetadata\n\
    [profile over-ec2]\nrole_arn = r\nsource_profile = ec2\n\
    [profile tool]\ncredential_process = /bin/keys --all\n\
    [profile bare]\n[profile odd]\nduration_seconds = long\n\
    [profile gone]\nrole_arn = r\nsource_profile = nothere\n\
    [profile web]\nweb_identity_token_file = f\nrole_arn = r\n[unnamed]\nregion = r\n\
    [profile local]\nservices = near\naws_access_key_id = A\naws_secret_access_key = s\n\
    [services near]\nsts =\n  endpoint_url = http://127.0.0.1:1\n\
    [profile work-mfa]\ncredential_process = /bin/mfa aws credential-process --profile work\n";
const CREDENTIALS: &str = "[default]\naws_access_key_id = AKIADEFAULT\n\
    aws_secret_access_key = d\n[work]\naws_access_key_id = AKIAWORK\n\
    aws_secret_access_key = w\n[own]\naws_access_key_id = AKIAOWN\naws_secret_access_key = o\n\
    [odd]\naws_access_key_id = A\naws_secret_access_key = o\n";

fn files(variables: &[(&str, &str)]) -> Files {
    Files {
        config: Sections::parse(CONFIG, File::Config),
        credentials: Sections::parse(CREDENTIALS, File::Credentials),
        variables: variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..Files::default()
    }
}

fn id(profile: &Profile) -> &str {
    match &profile.source {
        Source::Credentials(keys) => &keys.id,
        _ => panic!("no keys"),
    }
}

#[test]
fn profiles_are_chosen_as_aws_tools_choose_them() {
    let plain = files(&[]);
    assert_eq!(id(&plain.profile(None).unwrap()), "AKIADEFAULT");
    assert_eq!(id(&plain.profile(Some("work")).unwrap()), "AKIAWORK");
    let named = files(&[("AWS_PROFILE", "work"), ("AWS_REGION", "eu-north-1")]);
    let profile = named.profile(None).unwrap();
    assert_eq!(id(&profile), "AKIAWORK");
    // As for AWS's tools, the variable overrides the profile. One that the person names overrides it.
    assert_eq!(profile.region.as_deref(), Some("eu-north-1"));
    assert_eq!(profile.file_region.as_deref(), Some("us-east-1"));
    for (name, region) in [
        ("work", "us-east-1"),
        ("admin", "us-east-1"),
        ("own", "eu-north-1"),
    ] {
        let profile = named.profile(Some(name)).unwrap();
        assert_eq!(profile.region.as_deref(), Some(region), "{name}");
    }
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIAENV"),
        ("AWS_SECRET_ACCESS_KEY", "e"),
    ];
    assert_eq!(id(&files(&keys).profile(None).unwrap()), "AKIAENV");
    assert_eq!(id(&files(&keys).profile(Some("work")).unwrap()), "AKIAWORK");
    let both = [keys[0], keys[1], ("AWS_PROFILE", "work")];
    assert_eq!(id(&files(&both).profile(None).unwrap()), "AKIAWORK");
}

#[test]
fn a_session_in_the_environment_stands_for_its_profile() {
    let session = [
        ("AWS_ACCESS_KEY_ID", "ASIAENV"),
        ("AWS_SECRET_ACCESS_KEY", "e"),
        ("AWS_SESSION_TOKEN", "t"),
    ];
    let of = |vault: &str| {
        let variables = [&session[..], &[("AWS_VAULT", vault)]].concat();
        id(&files(&variables).profile(None).unwrap()).to_owned()
    };
    assert_eq!(of("work"), "AKIAWORK");
    // A profile that has no keys here is that of another program.
    for other in ["nope", "bare", ""] {
        assert_eq!(of(other), "ASIAENV", "{other}");
    }
    let lasting = [session[0], session[1], ("AWS_VAULT", "work")];
    assert_eq!(id(&files(&lasting).profile(None).unwrap()), "ASIAENV");
}

#[test]
fn a_role_takes_keys_and_serial_from_its_source() {
    let admin = files(&[]).profile(Some("admin")).unwrap();
    assert_eq!(id(&admin), "AKIAWORK");
    assert_eq!(admin.keys_of.as_deref(), Some("work"));
    assert_eq!(
        admin.mfa_serial.as_deref(),
        Some("arn:aws:iam::123456789012:mfa/alice")
    );
    assert_eq!(admin.duration, Some(7200));
    assert_eq!(admin.region.as_deref(), Some("us-east-1"));
    assert_eq!(id(&files(&[]).profile(Some("own")).unwrap()), "AKIAOWN");
}

#[test]
fn a_role_has_the_tags_of_aws_vault() {
    let role = |settings: &str| {
        let text = format!("[profile r]\nrole_arn = r\nsource_profile = work\n{settings}");
        let files = Files {
            config: Sections::parse(&text, File::Config),
            ..files(&[])
        };
        files
            .profile(Some("r"))
            .map(|profile| profile.role.unwrap())
    };
    let tagged = "session_tags = team = a=b , cost=\ntransitive_session_tags = team, cost\n\
        source_identity = alice\n";
    let tagged = role(tagged).unwrap();
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(tagged.session_tags, [pair("team", "a=b"), pair("cost", "")]);
    assert_eq!(tagged.transitive_tags, ["team", "cost"]);
    assert_eq!(tagged.source_identity.as_deref(), Some("alice"));
    let plain = role("").unwrap();
    assert!(plain.session_tags.is_empty() && plain.transitive_tags.is_empty());
    for bad in ["team", "=x", "a=b,"] {
        let error = role(&format!("session_tags = {bad}\n")).unwrap_err();
        assert_eq!(error, ProfileError::Tags("r".to_owned()), "{bad}");
    }
}

#[test]
fn a_role_may_be_the_source_of_a_role() {
    let chain = files(&[]).profile(Some("chain")).unwrap();
    assert_eq!(
        (id(&chain), chain.source_role.as_deref()),
        ("AKIAWORK", Some("admin"))
    );
    assert_eq!(chain.role.unwrap().arn, "r");
    assert_eq!(files(&[]).profile(Some("admin")).unwrap().source_role, None);
}

#[test]
fn what_setup_wrote_stands_for_where_its_keys_come_from() {
    let work = files(&[]).profile(Some("work-mfa")).unwrap();
    assert_eq!(
        (work.name.as_deref(), id(&work)),
        (Some("work"), "AKIAWORK")
    );
    let over = files(&[]).profile(Some("over")).unwrap();
    assert_eq!(
        (over.name.as_deref(), id(&over)),
        (Some("over"), "AKIAWORK")
    );
    assert_eq!(
        (over.role.unwrap().arn.as_str(), over.source_role),
        ("r", None)
    );
}

#[test]
fn other_sources_are_named() {
    let source = |name| files(&[]).profile(Some(name)).unwrap().source;
    for (name, at) in [
        ("sso", "sso"),
        ("web", "web"),
        ("ec2", "ec2"),
        ("over-ec2", "ec2"),
    ] {
        assert_eq!(source(name), Source::AwsProgram(at.to_owned()), "{name}");
        let profile = files(&[]).profile(Some(name)).unwrap();
        // The program assumes its own role; the one over it is left to us.
        assert_eq!(profile.role.is_some(), name == "over-ec2", "{name}");
        assert_eq!(profile.source_role, None, "{name}");
    }
    assert_eq!(
        source("tool"),
        Source::Process("/bin/keys --all".to_owned())
    );
}

#[test]
fn what_cannot_be_used_is_said() {
    let error = |name| files(&[]).profile(Some(name)).unwrap_err();
    assert_eq!(error("nope"), ProfileError::Missing("nope".to_owned()));
    assert_eq!(error("bare"), ProfileError::NoKeys("bare".to_owned()));
    assert_eq!(error("odd"), ProfileError::Duration("odd".to_owned()));
    assert_eq!(error("a-mfa"), ProfileError::NotInVault("a-mfa".to_owned()));
    for circle in ["a", "b"] {
        assert!(matches!(error(circle), ProfileError::Circle(_)), "{circle}");
    }
    assert!(matches!(error("gone"), ProfileError::NoSource { .. }));
    assert!(matches!(error("unnamed"), ProfileError::Missing(_)));
    assert!(!files(&[]).names().contains(&"sso-session corp"));
}

#[test]
fn services_have_endpoints_of_their_own() {
    let local = files(&[]).profile(Some("local")).unwrap();
    let near = "http://127.0.0.1:1".to_owned();
    assert_eq!(
        (local.endpoint, local.endpoints),
        (None, [None, Some(near), None])
    );
}

#[test]
fn what_conflicts_with_a_new_profile_is_named() {
    let files = files(&[]);
    for (name, what) in [
        ("work", Some("access keys")),
        ("admin", Some("role_arn")),
        ("sso", Some("sso_session")),
        ("tool", Some("credential_process")),
        ("work-mfa", None),
        ("new", None),
    ] {
        let what = what.map(Conflict::Setting);
        assert_eq!(files.conflict_with_process(name), what, "{name}");
        if name != "work-mfa" {
            assert_eq!(files.conflict_with_session(name), what, "{name}");
        }
    }
    let ours = Some(Conflict::OwnProcess("work".to_owned()));
    assert_eq!(files.conflict_with_session("work-mfa"), ours);
    assert!(files.has_others_keys("work") && !files.has_others_keys("new"));
}

#[test]
fn the_source_of_our_own_process_is_found() {
    let of = |rest: &str| {
        let line = format!("/x/mfa --vault v aws credential-process {rest}");
        ProcessLine::source_of(&line)
    };
    assert_eq!(of("--profile work --duration 900").as_deref(), Some("work"));
    assert_eq!(of("--profile \"two words\"").as_deref(), Some("two words"));
    for same in [
        "--profile=work",
        "-p work",
        "-pwork",
        "-p=work",
        "--duration 1h -p work",
    ] {
        assert_eq!(of(same).as_deref(), Some("work"), "{same}");
    }
    for none in ["--other", "", "--profile", "-p"] {
        assert_eq!(of(none), None, "{none}");
    }
}

#[test]
fn ten_thousand_profiles_are_fine() {
    let profile = "[profile pN]\nregion = r\naws_access_key_id = AN\naws_secret_access_key = s\n";
    let numbered = |number: u32| profile.replace('N', &number.to_string());
    let text: String = (0..10_000).map(numbered).collect();
    let files = Files {
        config: Sections::parse(&text, File::Config),
        ..Files::default()
    };
    assert_eq!(id(&files.profile(Some("p9999")).unwrap()), "A9999");
}

#[test]
fn keys_in_the_vault_come_first_and_need_no_file() {
    let mut files = files(&[]);
    for name in ["default", "work", "a-mfa", "own", "only here"] {
        files
            .in_vault
            .insert(name.to_owned(), format!("AKIA{name}"));
    }
    let resolved = |name: &str| files.profile(Some(name)).unwrap();
    let vault = |name: &str| Source::Vault {
        profile: name.to_owned(),
        id: format!("AKIA{name}"),
    };
    for name in ["default", "work", "only here"] {
        assert_eq!(resolved(name).source, vault(name));
        assert_eq!(resolved(name).keys_of.as_deref(), Some(name));
    }
    assert_eq!(resolved("work").region.as_deref(), Some("us-east-1"));
    // Its own line names itself.
    assert_eq!(resolved("a-mfa").source, vault("a-mfa"));
    assert_eq!(resolved("work-mfa").source, vault("work"));
    let admin = resolved("admin");
    assert_eq!((admin.source, admin.source_role), (vault("work"), None));
    assert!(admin.role.is_some());
    assert_eq!(resolved("own").source, vault("own"));
    assert!(resolved("own").role.is_some());
    assert_eq!(files.profile(None).unwrap().source, vault("default"));
    assert!(files.names().contains(&"only here"));
}
