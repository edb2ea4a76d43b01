//! Names that another key has: a person is asked, where there is one.

use super::plan::{Plan, Step};
use crate::app::context::Context;
use crate::app::error::{CommandError, Exit, Result};
use crate::otp::AccountId;
use crate::vault::Vault;

const KEEP_ALL: &str = "keep both, and so with all that follow";
const SKIP_ALL: &str = "skip it, and all that follow";

/// Asks of each account whose name another key has, before anything is locked or stored. Without a
/// terminal all of them are kept, under new names.
pub(super) fn what_to_leave_out(
    context: &mut Context,
    plan: &impl Fn(&Vault, &[AccountId]) -> Plan,
) -> Result<Vec<AccountId>> {
    let mut left_out = Vec::new();
    if !context.ui.can_prompt() {
        return Ok(left_out);
    }
    let vault = context.accounts()?;
    let Some(prompt) = context.ui.prompt() else {
        return Ok(left_out);
    };
    let mut asked = Vec::new();
    loop {
        // What is skipped frees its name, so each answer makes another plan.
        let steps = plan(&vault, &left_out).steps;
        let mut open = steps.iter().filter_map(|step| match step {
            Step::Add {
                account,
                taken: Some(taken),
            } if !asked.contains(&account.id) => Some((account, taken)),
            _ => None,
        });
        let Some((account, taken)) = open.next() else {
            return Ok(left_out);
        };
        let others: Vec<_> = open.map(|(account, _)| account.id).collect();
        let mut choices = vec![
            format!("keep both, this one as {}", account.full_name()),
            "skip it".to_owned(),
        ];
        if !others.is_empty() {
            choices.extend([KEEP_ALL.to_owned(), SKIP_ALL.to_owned()]);
        }
        let question = format!("{taken} has another key here");
        match prompt.pick(&question, &choices)? {
            Some(0) => asked.push(account.id),
            Some(1) => left_out.push(account.id),
            Some(2) => return Ok(left_out),
            Some(_) => {
                left_out.push(account.id);
                left_out.extend(others);
                return Ok(left_out);
            }
            None => {
                let message = "nothing was imported: a question was not answered";
                return Err(CommandError::new(Exit::Failed, message));
            }
        }
    }
}
