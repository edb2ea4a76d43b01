//! `mfa aws` against a stand-in for AWS that is stricter than any simulator: it verifies each signature
//! and each code, and fails when a test tells it to.
//!
//! Codes last 30 seconds, and these tests often wait for the next one. To wait at the same time, they run
//! in many more threads than there are cores.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests use their own clock and network, and fail by panicking"
)]

mod bad_input;
mod changes;
mod clients;
mod happy;
mod keys;
mod keys_rotation;
mod registration;
mod roles;
mod sdks;
mod sessions;
mod stand_in;
mod tls;
mod totp;
mod world;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

macro_rules! trials {
    ($($($module:ident)::+,)*) => {
        vec![$(Trial::test(stringify!($($module)::+).replace(' ', ""), || {
            $($module)::+();
            Ok(())
        })),*]
    };
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(64));
    let mut trials = trials![
        bad_input::profiles_and_keys_that_are_not_there,
        bad_input::a_device_that_does_not_fit,
        bad_input::a_length_that_aws_does_not_give,
        bad_input::addresses_that_are_none,
        bad_input::answers_that_are_none,
        bad_input::answers_that_are_more_than_keys,
        bad_input::sessions_belong_to_their_endpoint,
        bad_input::plain_text_is_warned_of,
        bad_input::a_locked_vault_answers_nothing_without_a_terminal,
        bad_input::wrong_keys_are_told_apart,
        bad_input::keys_of_a_session_get_no_session,
        bad_input::odd_files_are_read,
        changes::a_rotation_killed_at_any_write_is_finished,
        changes::a_rotated_device_is_proven_before_the_old_one_goes,
        changes::a_killed_rotation_is_finished,
        changes::a_device_out_of_step_is_brought_back,
        changes::an_unregistered_device_is_gone_everywhere,
        changes::a_killed_removal_is_finished,
        changes::what_is_destroyed_is_named_exactly,
        sessions::awslogin_puts_a_session_into_every_shell,
        sessions::awslogin_in_nushell,
        sessions::the_doctor_asks_aws_for_the_time_and_a_session,
        sessions::leftovers_of_killed_writers_go,
        sessions::awss_files_are_none_of_the_vaults,
        clients::moto_and_real_clients,
        clients::a_label_is_no_line_of_a_file,
        clients::twenty_real_clients_at_once,
        happy::a_device_of_the_console_is_found,
        happy::a_new_user_comes_to_a_session,
        happy::twenty_at_once_send_one_code,
        happy::no_code_is_sent_twice,
        registration::a_refused_create_leaves_nothing,
        registration::a_policy_that_wants_the_users_name_gets_it,
        registration::a_device_that_blocks_the_users_name_goes,
        registration::a_name_that_is_taken_is_said,
        registration::a_full_account_is_said,
        registration::a_refused_enable_leaves_nothing,
        registration::a_clock_beyond_what_signatures_allow_is_corrected,
        registration::a_wrong_clock_is_explained_and_the_device_kept,
        registration::lost_connections_are_made_good,
        registration::a_device_that_may_be_there_is_said,
        registration::what_comes_later_or_is_throttled_is_waited_for,
        registration::killed_at_any_write_the_next_run_finishes,
        registration::killed_at_any_call_the_next_run_finishes,
        registration::a_second_device_is_registered_in_a_session,
        registration::a_second_device_without_the_first_ones_codes_is_explained,
        registration::an_administrator_registers_for_another,
        registration::two_at_once_do_not_disturb_each_other,
        registration::with_several_devices_each_command_finds_one,
        registration::what_is_unfinished_is_in_nobodys_tags,
        roles::six_roles_at_once_need_one_code,
        roles::profiles_of_one_key_share_a_session,
        roles::waiting_processes_share_a_failure,
        roles::a_code_that_was_never_sent_is_not_used_up,
        roles::an_answer_without_all_parts_is_refused,
        roles::without_a_device_sessions_have_no_mfa,
        roles::a_bad_bundle_matters_only_to_connections,
        sdks::three_sdks_share_six_roles,
        sessions::a_role_is_assumed_with_keys_that_last,
        sessions::a_role_is_assumed_by_another_role,
        sessions::a_clock_that_explains_a_refusal_is_corrected,
        sessions::a_session_in_every_shell,
        sessions::what_is_kept_is_sealed_and_private,
        sessions::a_session_goes_into_a_profile_and_leaves_the_rest,
        sessions::keys_that_last_are_never_written_over,
        sessions::setup_spares_what_others_have_written,
        sessions::setup_writes_a_profile_that_works,
        sessions::a_console_link_needs_a_role,
        sessions::every_form_of_an_end_is_taken,
        sessions::other_partitions_have_their_own_names,
        sessions::keys_may_come_from_a_command,
        sessions::what_a_command_prints_is_bounded,
        sessions::an_sso_profile_goes_through_the_aws_program,
        sessions::a_code_that_another_used_is_followed_by_the_next,
        sessions::a_clock_that_is_off_is_said,
        sessions::slow_and_silent_endpoints_end_in_time,
        tls::a_certificate_is_believed_when_its_authority_is,
        stand_in::moment::moments_are_written_and_read,
        totp::codes_are_those_of_the_rfc,
    ];
    trials.extend(access_keys());
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The trials about long-term keys.
fn access_keys() -> Vec<Trial> {
    trials![
        keys::an_import_moves_a_key_and_every_copy_of_it,
        keys::a_key_in_the_config_file_is_moved_too,
        keys::what_is_no_long_term_key_is_not_imported,
        keys::all_profiles_are_imported_and_a_failure_stops_none,
        keys::another_key_of_a_profile_is_not_replaced_unasked,
        keys::an_import_killed_at_any_write_loses_nothing,
        keys::a_key_is_added_exported_and_removed,
        keys::roles_and_profiles_without_a_file_use_the_vault,
        keys::keys_stay_through_changes_of_the_vault,
        keys::a_real_client_uses_the_same_profile,
        keys::a_vault_of_keys_only_gives_sessions,
        keys::moto_rotates_a_key_and_gives_its_session,
        keys_rotation::a_new_key_is_proven_before_the_old_one_stops,
        keys_rotation::the_old_key_is_deleted_now_or_kept_for_a_time,
        keys_rotation::a_rotation_killed_at_any_write_is_resumed,
        keys_rotation::a_rotation_killed_at_any_call_is_resumed,
        keys_rotation::a_lost_answer_leaves_no_key_behind,
        keys_rotation::a_key_of_another_time_is_never_deleted,
        keys_rotation::the_key_that_is_left_is_used,
        keys_rotation::a_device_gives_the_session_that_a_policy_wants,
        keys_rotation::undo_and_restore_keep_the_newest_key,
        keys_rotation::only_a_key_of_the_vault_is_rotated,
    ]
}
