//! 10,000 random keys, times, lengths, periods and hashes, compared with oathtool.
use std::process::Command;

use mfa::otp::{Algorithm, Credential, Digits, Kind, Period, Secret};
use mfa_test_support::can;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const CASES: usize = 10_000;

#[derive(Debug)]
struct Case {
    credential: Credential,
    /// Unix seconds, or HOTP's counter.
    moment: u64,
}

#[test]
fn oathtool_computes_the_same_codes() {
    let version = Command::new("oathtool").arg("--version").output();
    if !can(version.is_ok(), "oathtool") {
        return;
    }
    let mut runner = TestRunner::deterministic();
    let cases: Vec<Case> = (0..CASES)
        .map(|_| any_case().new_tree(&mut runner).unwrap().current())
        .collect();
    std::thread::scope(|scope| {
        for part in cases.chunks(CASES.div_ceil(4)) {
            scope.spawn(|| part.iter().for_each(compare));
        }
    });
}

fn any_case() -> impl Strategy<Value = Case> {
    let hash = prop_oneof![
        Just(Algorithm::Sha1),
        Just(Algorithm::Sha256),
        Just(Algorithm::Sha512)
    ];
    let key = proptest::collection::vec(any::<u8>(), 1..100);
    // On some machines, oathtool's clock ends in 2038; code.rs tests ours beyond that.
    (
        key,
        hash,
        6..=8_u64,
        1..400_u64,
        0..2_147_483_647_u64,
        any::<bool>(),
    )
        .prop_map(|(key, algorithm, digits, period, moment, hotp)| {
            let kind = if hotp && algorithm == Algorithm::Sha1 {
                Kind::Hotp { counter: moment }
            } else {
                Kind::Totp {
                    period: Period::new(period).unwrap(),
                }
            };
            let secret = Secret::from_bytes(key).unwrap();
            let digits = Digits::new(digits).unwrap();
            Case {
                credential: Credential {
                    secret,
                    algorithm,
                    digits,
                    kind,
                },
                moment,
            }
        })
}

fn compare(case: &Case) {
    let Case { credential, moment } = case;
    let mut command = Command::new("oathtool");
    command.arg(format!("--digits={}", credential.digits.get()));
    let ours = if let Kind::Hotp { counter } = credential.kind {
        command.arg("--hotp").arg(format!("--counter={counter}"));
        credential.code_at_counter(counter)
    } else {
        let hash = credential.algorithm.as_str().to_lowercase();
        let period = credential.kind.period().unwrap().get();
        command
            .arg(format!("--totp={hash}"))
            .arg(format!("--time-step-size={period}s"))
            .arg(format!("--now=@{moment}"));
        credential.window(*moment).unwrap().current
    };
    // The key is random, so showing it as an argument gives nothing away.
    let output = command
        .arg("--base32")
        .arg(&*credential.secret.to_base32())
        .output()
        .unwrap();
    let theirs = String::from_utf8_lossy(&output.stdout);
    assert_eq!(ours.as_str(), theirs.trim(), "{command:?}: {output:?}");
}
