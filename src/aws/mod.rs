//! AWS: its configuration files, and the calls of IAM and STS that registration and sessions need.
//!
//! [`ini`] and [`profile`] are pure; [`client`] signs requests, [`agent`] sends them; [`iam`] and [`sts`]
//! are the calls. What a command does with them is in `commands::aws`.

pub mod agent;
pub mod arn;
pub mod client;
pub mod endpoint;
pub mod error;
pub mod iam;
pub mod ini;
pub mod keys;
pub mod profile;
pub mod signin;
pub mod sts;
