//! The simulation of five machines, with real servers on this machine.

use std::thread;

use mfa_test_support::servers::{self, S3Server};

use super::simulation::run_with;
use super::*;
use crate::sync::remote::s3::tests::here;

const SEEDS: u64 = 50;
const THREADS: u64 = 4;

/// Runs all seeds, each in a part of the bucket of its own. Requests fail before and after they reach
/// the server, and machines crash.
fn converge(server: &S3Server) {
    let run = |seed: u64| {
        let prefix = format!("seed{seed}");
        let mut connect = || Some(Box::new(here(server, &prefix)) as Box<dyn Remote + Send>);
        run_with(seed, Naming::Numbered, &mut connect)
    };
    let part = &|first: u64| {
        let seeds = (first..SEEDS).step_by(usize::try_from(THREADS).unwrap());
        seeds.map(run).sum::<usize>()
    };
    let commits: usize = thread::scope(|scope| {
        let start = |first| scope.spawn(move || part(first));
        let started: Vec<_> = (0..THREADS).map(start).collect();
        started.into_iter().map(|part| part.join().unwrap()).sum()
    });
    assert!(commits > 200, "only {commits} commits");
}

#[test]
fn five_machines_with_seaweedfs_converge_and_lose_nothing() {
    if let Some(server) = servers::weed() {
        converge(&server);
    }
}

#[test]
fn five_machines_with_moto_converge_and_lose_nothing() {
    if let Some(server) = servers::moto() {
        converge(&server);
    }
}
