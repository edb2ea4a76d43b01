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

#[cfg(unix)]
mod bad_input;
#[cfg(unix)]
mod changes;
#[cfg(unix)]
mod clients;
#[cfg(unix)]
mod console;
#[cfg(unix)]
mod daily;
#[cfg(unix)]
mod devices;
#[cfg(unix)]
mod files;
#[cfg(unix)]
mod happy;
#[cfg(unix)]
mod hints;
#[cfg(unix)]
mod keys;
#[cfg(unix)]
mod keys_rotation;
#[cfg(unix)]
mod partitions;
#[cfg(unix)]
mod registration;
#[cfg(unix)]
mod roles;
#[cfg(unix)]
mod sdks;
#[cfg(unix)]
mod sessions;
#[cfg(unix)]
mod stand_in;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod tls;
#[cfg(unix)]
mod totp;
#[cfg(unix)]
mod world;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

#[cfg(unix)]
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
    libtest_mimic::run(&arguments, trials()).exit_code()
}

#[cfg(unix)]
fn trials() -> Vec<Trial> {
    let areas = [
        #[cfg(target_os = "linux")]
        trials![
            console::another_user_does_not_get_the_link,
            bad_input::a_locked_vault_answers_nothing_without_a_terminal,
        ],
        of_devices(),
        of_sessions(),
        of_files(),
        of_every_day(),
        of_access_keys(),
        of_the_stand_in(),
    ];
    areas.into_iter().flatten().collect()
}

/// These tests use shells, modes and terminals.
#[cfg(not(unix))]
fn trials() -> Vec<Trial> {
    let skipped = || {
        assert!(!mfa_test_support::can(false, "Unix for aws"));
        Ok(())
    };
    vec![Trial::test("the_tests_of_aws", skipped)]
}

#[cfg(unix)]
fn of_devices() -> Vec<Trial> {
    trials![
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
        devices::a_config_that_cannot_be_written_stops_no_rotation,
        devices::the_config_is_written_before_the_old_device_goes,
        devices::an_interrupted_removal_is_finished_under_our_policy,
        devices::a_list_that_is_denied_is_not_an_empty_one,
        devices::what_needs_no_code_is_checked_before_one_is_used,
        devices::a_removal_that_waited_for_a_rotation_removes_nothing,
        devices::a_person_is_asked_which_device_and_whether,
        devices::the_help_begins_with_the_commands_of_every_day,
        devices::the_named_account_decides_before_the_config,
        devices::a_rotation_is_resumed_whatever_has_changed,
        changes::a_rotation_killed_at_any_write_is_finished,
        changes::a_rotated_device_is_proven_before_the_old_one_goes,
        changes::a_killed_rotation_is_finished,
        changes::a_device_out_of_step_is_brought_back,
        changes::an_unregistered_device_is_gone_everywhere,
        changes::a_killed_removal_is_finished,
        changes::what_is_destroyed_is_named_exactly,
        changes::an_answer_that_is_not_awss_removes_nothing,
    ]
}

#[cfg(unix)]
fn of_sessions() -> Vec<Trial> {
    trials![
        happy::a_device_of_the_console_is_found,
        happy::a_new_user_comes_to_a_session,
        happy::twenty_at_once_send_one_code,
        happy::no_code_is_sent_twice,
        sessions::awslogin_puts_a_session_into_every_shell,
        sessions::awslogin_in_nushell,
        sessions::the_doctor_asks_aws_for_the_time_and_a_session,
        sessions::leftovers_of_killed_writers_go,
        sessions::awss_files_are_none_of_the_vaults,
        sessions::a_role_is_assumed_with_keys_that_last,
        sessions::a_role_is_assumed_by_another_role,
        sessions::a_clock_that_explains_a_refusal_is_corrected,
        sessions::a_session_in_every_shell,
        sessions::what_is_kept_is_sealed_and_private,
        sessions::a_session_goes_into_a_profile_and_leaves_the_rest,
        sessions::keys_that_last_are_never_written_over,
        sessions::setup_spares_what_others_have_written,
        sessions::setup_writes_a_profile_that_works,
        sessions::every_form_of_an_end_is_taken,
        sessions::other_partitions_have_their_own_names,
        sessions::keys_may_come_from_a_command,
        sessions::what_a_command_prints_is_bounded,
        sessions::an_sso_profile_goes_through_the_aws_program,
        sessions::a_code_that_another_used_is_followed_by_the_next,
        sessions::a_clock_that_is_off_is_said,
        sessions::slow_and_silent_endpoints_end_in_time,
        roles::six_roles_at_once_need_one_code,
        roles::profiles_of_one_key_share_a_session,
        roles::waiting_processes_share_a_failure,
        roles::a_code_that_was_never_sent_is_not_used_up,
        roles::an_answer_without_all_parts_is_refused,
        roles::without_a_device_sessions_have_no_mfa,
        roles::a_bad_bundle_matters_only_to_connections,
        sdks::three_sdks_share_six_roles,
        clients::moto_and_real_clients,
        clients::a_label_is_no_line_of_a_file,
        clients::twenty_real_clients_at_once,
    ]
}

#[cfg(unix)]
fn of_files() -> Vec<Trial> {
    trials![
        files::a_role_is_assumed_with_its_tags,
        files::login_writes_over_nothing_of_others,
        files::a_session_that_was_replaced_by_hand_is_not_ours,
        files::setup_repairs_a_profile_with_an_old_session,
        files::backups_are_numbered_and_private,
        files::a_named_profile_has_its_own_region,
        files::a_command_that_starts_itself_is_stopped,
        files::the_aws_program_supplies_what_only_it_can_read,
        files::a_read_only_config_is_left_alone,
        files::odd_names_work_in_boto3,
        partitions::no_session_goes_to_another_partitions_console,
        partitions::what_is_in_no_known_partition_is_refused,
        partitions::the_policy_is_for_own_devices_in_the_own_partition,
        bad_input::profiles_and_keys_that_are_not_there,
        bad_input::a_device_that_does_not_fit,
        bad_input::a_length_that_aws_does_not_give,
        bad_input::addresses_that_are_none,
        bad_input::answers_that_are_none,
        bad_input::answers_that_are_more_than_keys,
        bad_input::sessions_belong_to_their_endpoint,
        bad_input::plain_text_is_warned_of,
        bad_input::wrong_keys_are_told_apart,
        bad_input::keys_of_a_session_get_no_session,
        bad_input::odd_files_are_read,
        tls::a_certificate_is_believed_when_its_authority_is,
        tls::a_self_signed_certificate_is_explained,
        tls::a_proxy_that_refuses_is_told_from_aws,
    ]
}

#[cfg(unix)]
fn of_every_day() -> Vec<Trial> {
    trials![
        console::the_browser_gets_the_link_once_and_nothing_stays_on_disk,
        console::a_browser_that_fails_is_said_at_once,
        console::the_console_opens_at_a_page_for_a_time,
        console::users_and_sessions_without_a_role_sign_in_too,
        daily::exec_sets_all_that_a_program_reads_and_unsets_what_overrides_it,
        daily::env_clears_in_every_shell_what_would_override_the_session,
        daily::sessions_are_cleared_of_one_profile_or_all,
        daily::the_list_says_how_each_profile_gets_its_keys,
        daily::a_program_that_renews_gets_a_profile_in_a_private_file,
        daily::a_program_cannot_renew_what_nobody_can_unlock,
        daily::boto3_renews_a_session_by_itself,
        daily::a_region_does_not_outlive_its_session,
        terminal::a_profile_is_picked_if_none_is_meant,
        terminal::without_a_command_a_profile_and_an_action_are_picked,
        terminal::a_program_below_another_asks_on_their_terminal,
        terminal::programs_at_once_ask_once,
        hints::a_pasted_hint_removes_the_device_that_was_meant,
        hints::hints_carry_what_was_given,
        hints::what_was_cut_is_hinted_by_its_own_name,
    ]
}

#[cfg(unix)]
fn of_access_keys() -> Vec<Trial> {
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
        keys_rotation::profiles_of_one_key_get_the_new_one,
        keys_rotation::a_key_of_that_moment_is_deleted_only_if_a_person_says_so,
    ]
}

#[cfg(unix)]
fn of_the_stand_in() -> Vec<Trial> {
    trials![
        stand_in::moment::moments_are_written_and_read,
        totp::codes_are_those_of_the_rfc,
    ]
}
