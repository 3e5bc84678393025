//! One binary for all integration tests: the real program against real endpoints.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed; clippy.toml's exceptions do not cover helpers"
)]
#![cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    allow(
        unused_imports,
        dead_code,
        reason = "some tests are of Linux alone, of its x86-64, or of Unix"
    )
)]
#![allow(clippy::disallowed_methods, reason = "tests stand outside of the program's rooms")]
#![allow(clippy::cognitive_complexity, reason = "every assertion counts as a branch")]

mod api_calls;
mod api_command;
mod api_control;
mod api_drafts;
mod api_events;
mod api_sdk;
mod api_state;
mod api_stripe_cli;
mod api_stripe_listen;
mod api_webhooks;
mod api_writes;
mod app_secret;
mod architecture;
mod architecture_circles;
mod audit;
mod audit_correct;
mod audit_overtaken;
mod audit_patterns;
mod audit_reports;
mod audit_setup;
mod audit_verdicts;
mod audit_waits;
mod bad_input;
mod book;
mod bounded_input;
mod catalogue;
mod catalogue_meaning;
mod causality;
mod checks;
mod completions;
mod connections;
mod demo;
mod diagnosis;
#[cfg(unix)]
mod diagnosis_listen;
mod digest;
mod dj_stripe;
mod docs;
mod documented_stories;
mod doctor;
mod echoed_secrets;
mod ending;
mod ending_children;
mod ending_stalled;
mod ending_terminal;
mod endpoints;
mod events;
mod explore;
mod explore_api;
mod explore_files;
mod example_apps;
mod exit_codes;
mod frameworks;
mod fuzz;
mod generated;
mod generated_reference;
mod github_action;
mod installers;
mod listen;
mod listen_app;
mod listen_faults;
mod listen_history;
mod listen_kills;
mod listen_live;
mod listen_load;
mod listen_missed;
mod listen_offline;
mod listen_real;
mod help;
mod history;
mod hostile_text;
mod inheritance;
mod init;
mod history_files;
mod history_scenario;
mod history_show;
mod given;
mod guides;
mod layouts;
mod library;
#[cfg(target_os = "linux")]
mod no_home;
mod nothing_there;
mod orders;
mod own_objects;
mod packages;
mod packages_linux;
mod packages_registry;
mod packaging;
mod packaging_manifests;
mod packaging_npm;
mod packaging_pypi;
#[cfg(unix)]
mod pager;
mod pick;
mod planted_faults;
mod real_life;
mod recorded_order;
mod preview;
#[cfg(unix)]
mod private_files;
mod relay;
#[cfg(target_os = "linux")]
mod relay_bounds;
mod relay_faults;
mod relay_history;
mod relay_strangers;
mod local_api;
mod login;
mod replay;
mod replay_failed;
mod report_files;
mod report_said;
mod report_page;
mod report_targets;
mod reports;
mod retries;
mod routes;
mod scenario;
mod scenario_faults;
mod scenario_files;
mod scenario_new;
mod schemas;
mod scratch;
mod sdk;
mod secret;
mod serve;
mod self_check;
mod sessions;
mod settings;
mod setup;
mod setup_steps;
mod setup_trust;
mod setup_ways_out;
mod signatures;
mod states;
mod streams;
mod stripe_broken;
mod stripe_cli;
mod suggested_commands;
mod suggestions;
mod stripe_triggers;
mod stripe_version;
mod support;
mod thin;
mod thin_sdk;
mod test_suites;
mod test_suites_documented;
mod test_suites_node;
mod traffic;
mod transport_agreement;
mod transports;
mod through_stripe;
mod trigger;
mod typed;
mod ui;
mod ui_load;
mod versions;
mod watch;
mod whole_apps;
mod windows;
mod workflows;
mod workflows_repositories;
