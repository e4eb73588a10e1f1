"""The sixty checks of a stack that may be relied on, and what holds each.

`python -m tests.policies.checks > docs/checks.md` writes the page.
"""

import sys
from dataclasses import dataclass

from policies.rules import RULES

AWS = "components/cluster/test_aws.py"
OCEAN = "components/cluster/test_digitalocean.py"
PROGRAMS = "components/cluster/test_node_programs.py"


@dataclass(frozen=True)
class Row:
    """One check. Policies name it themselves; `tests` hold it too, `lacks` is what nobody holds."""

    id: str
    what: str
    tests: tuple[str, ...] = ()
    lacks: str = ""


ROWS = (
    Row("SEC-01", "the API server is private, or public for some",
        (f"{AWS}::test_the_api_server_is_public_only_for_those_listed",
         "settings/test_settings.py::test_a_mistake_on_aws_is_named_by_its_place_in_the_file")),
    Row("SEC-02", "the control plane is logged, and for long enough", (),
        "logs have AWS' key and not one of the account: an accepted risk of aws-checks.md"),
    Row("SEC-03", "Secrets are encrypted with a key that rotates and dies slowly"),
    Row("SEC-04", "Kubernetes is in standard support",
        ("plan/test_aws.py::test_what_cannot_be_had_is_named",
         "plan/test_aws.py::test_the_end_of_support_is_told_in_time")),
    Row("SEC-05", "machines ask for a token before they tell their role",
        (f"{AWS}::test_every_machine_hides_its_role_and_encrypts_its_disk",)),
    Row("SEC-06", "pods that call AWS have a role of their own",
        (f"{AWS}::test_only_pods_that_call_aws_have_a_role_and_only_theirs",)),
    Row("SEC-07", "roles may do little, and services alone take them",
        (f"{PROGRAMS}::test_the_autoscaler_changes_only_groups_of_its_own_cluster",)),
    Row("SEC-08", "access is by entries"),
    Row("SEC-09", "no SSH, and no port open to everybody",
        ("components/cluster/test_entry.py::"
         "test_the_listed_reach_the_balancer_and_it_reaches_the_gateway_and_nothing_else",)),
    Row("SEC-10", "traffic is logged, the default group is shut"),
    Row("SEC-11", "nodes have private addresses alone",
        (f"{AWS}::test_nodes_and_load_balancers_have_subnets_and_none_hands_out_public_addresses",)),
    Row("SEC-12", "disks and volumes are encrypted, one class is the default",
        ("plan/test_expectations.py::test_one_default_class_and_the_one_named",),
        "in prod the class deletes its volumes with their claims; it is the claims that are kept"),
    Row("SEC-13", "buckets are private, encrypted and not emptied",
        ("components/cluster/test_bucket.py::"
         "test_the_bucket_is_private_encrypted_and_remembers",)),
    Row("SEC-14", "databases are encrypted, private and backed up",
        ("components/cluster/test_database.py::"
         "test_the_server_is_private_encrypted_and_backed_up",),
        "on DigitalOcean a database is a server of yours"),
    Row("SEC-15", "in prod what holds data is protected",
        ("plan/test_build.py::test_prod_keeps_what_holds_data_unless_told_otherwise",
         "e2e/test_kept_volumes.py::test_volumes_outlive_their_stack_and_are_taken_up_again")),
    Row("SEC-16", "none of upstream's secrets is left",
        ("e2e/test_drift.py::test_no_default_secret_is_in_the_state_or_on_the_cluster",)),
    Row("SEC-17", "nobody is user@example.com",
        ("settings/test_settings.py::"
         "test_nobodys_address_is_refused_however_it_is_written",
         "components/test_ingress.py::test_nothing_is_at_upstreams_example_any_more")),
    Row("SEC-18", "the login is by HTTPS, for some domains, and trusts no headers",
        ("components/test_ingress.py::test_cookies_are_as_secure_as_the_way",
         "components/test_holes.py::test_a_reverse_proxy_that_trusts_everybody_is_refused")),
    Row("SEC-19", "the entry is TLS 1.2 or newer, at names of its own",
        ("components/test_ingress.py::test_the_gateway_speaks_https_and_http_only_redirects",)),
    Row("SEC-20", "the entry is for those listed, behind a load balancer",
        ("components/cluster/test_entry.py::test_nobody_comes_in_unless_listed",)),
    Row("SEC-21", "the mesh is strict but for named ports",
        ("components/test_mesh.py::test_the_whole_mesh_is_strict",
         "components/test_mesh.py::test_the_exceptions_are_upstreams_two_and_the_named_ones")),
    Row("SEC-22", "the mesh refuses what nobody allows",
        ("components/test_mesh.py::test_no_policy_of_upstream_is_dropped",)),
    Row("SEC-23", "teams are apart, and their pods bounded",
        ("upstream/test_acceptance.py::test_every_namespace_takes_restricted_pods_only",
         "components/test_teams.py::test_other_teams_may_not_call"),
        "a team's own namespace has no Pod Security level"),
    Row("SEC-24", "people get at their own teams alone",
        ("e2e/test_teams.py::test_people_may_do_what_the_table_says_and_nothing_else",)),
    Row("SEC-25", "no new role may do much",
        (f"{PROGRAMS}::test_none_of_its_rights_is_a_wildcard_or_reaches_secrets",)),
    Row("SEC-26", "pods stay off their machine",
        ("upstream/test_acceptance.py::test_every_pod_keeps_to_the_restricted_standard",)),
    Row("SEC-27", "images are pinned, and at their floors",
        ("components/test_floors.py::test_no_object_names_an_image_below_its_floor",),
        "prod does not ask for digests"),
    Row("SEC-28", "secrets are nowhere in clear",
        ("e2e/test_lifecycle.py::test_no_generated_secret_is_shown_or_kept_in_clear",
         "rehearsal/engine/test_state.py::test_no_secret_is_in_the_files",
         "rehearsal/test_canaries.py::test_a_preview_shows_no_secret_in_any_form",
         "policies/test_policies.py::"
         "test_a_finding_says_where_to_look_and_never_what_stands_there"),
        "secrets that people hand in are followed through a preview, not through up and destroy"),
    Row("SEC-29", "a kubeconfig holds no credential for long",
        (f"{AWS}::test_the_kubeconfig_is_a_secret_that_holds_none",
         f"{OCEAN}::test_the_kubeconfig_is_a_secret_that_holds_none")),
    Row("SEC-30", "DigitalOcean: a network of its own, upgrades at an hour, two control planes",
        (f"{OCEAN}::test_the_cluster_is_told_what_the_api_would_choose",)),
    Row("SEC-31", "no rule passes by not knowing",
        ("policies/test_policies.py::test_no_rule_is_silent_about_what_it_cannot_know",
         "policies/test_policies.py::test_every_stack_of_the_repository_passes_and_nothing_in_it_"
         "cannot_be_judged")),
    Row("REL-01", "a preview needs no cluster",
        ("e2e/test_pulumi.py::test_the_real_engine_brings_the_stack_up_once_and_takes_it_down",
         "e2e/test_aws.py::test_a_cluster_of_its_own_comes_changes_and_goes")),
    Row("REL-02", "a second up changes and writes nothing",
        ("e2e/test_lifecycle.py::test_a_second_up_changes_and_writes_nothing",
         "e2e/test_drift.py::test_nothing_drifts_whatever_the_controllers_write")),
    Row("REL-03", "one destroy leaves nothing",
        ("e2e/test_lifecycle.py::test_destroy_leaves_nothing",)),
    Row("REL-04", "every object depends on all that it needs to go",
        (f"{AWS}::test_what_is_on_the_cluster_goes_before_all_that_it_needs_to_go",
         f"{OCEAN}::test_what_is_on_the_cluster_goes_before_all_that_it_needs_to_go",
         "upstream/test_order.py::test_a_release_is_acyclic_and_every_custom_resource_reaches_"
         "definition_and_judges")),
    Row("REL-05", "a sweep finds what is left, with its price",
        ("ops/test_sweep.py::*",)),
    Row("REL-06", "a held finalizer is an error with its name, in time",
        ("e2e/test_user_workloads.py::test_a_held_finalizer_is_an_error_with_its_name_in_time",)),
    Row("REL-07", "an API server that is down is one clear error",
        ("kube/test_client.py::test_nobody_there_is_said_with_the_address",),
        "a whole run against one that goes down in between is not tried"),
    Row("REL-08", "expired credentials are one clear error", (), "not tried"),
    Row("REL-09", "after a kill the next run goes on",
        ("e2e/test_interrupted.py::test_after_three_kills_up_ends_where_it_always_ends",
         "e2e/test_interrupted.py::test_a_killed_destroy_goes_on"),
        "with the real engine it is not tried"),
    Row("REL-10", "a busy API server is waited out", (), "not tried"),
    Row("REL-11", "of two runs the second refuses",
        ("e2e/test_interrupted.py::"
         "test_the_second_of_two_runs_refuses_at_once_and_says_who_is_there",)),
    Row("REL-12", "another kubeconfig replaces nothing"),
    Row("REL-13", "webhooks that are down do not stop the cluster",
        ("upstream/test_acceptance.py::"
         "test_no_webhook_on_pods_can_stop_the_cluster_or_its_own_backend",)),
    Row("REL-14", "nothing that holds data is replaced unless it is allowed by name",
        (f"{OCEAN}::test_a_replacement_is_refused_unless_it_is_allowed_by_name",
         "e2e/test_kept_volumes.py::"
         "test_another_storage_class_is_refused_while_claims_have_the_old_one"),
        "on AWS protect and deletionProtection hold it, and no list of names"),
    Row("REL-15", "CRDs come first and stay in prod",
        ("e2e/test_lifecycle.py::test_destroy_keeps_crds_when_told_so",)),
    Row("REL-16", "fields of others are left alone",
        ("e2e/test_drift.py::test_nothing_drifts_whatever_the_controllers_write",)),
    Row("REL-17", "no program fights whoever scales a pool",
        (f"{AWS}::test_no_program_fights_whoever_scales_a_pool",
         f"{OCEAN}::test_no_program_fights_whoever_scales_a_pool")),
    Row("REL-18", "GPUs: spot, of three types, tainted, from none",
        (f"{AWS}::test_gpus_are_spot_tainted_and_start_at_none",
         f"{PROGRAMS}::test_the_device_plugin_runs_on_nodes_with_gpus_and_on_no_other")),
    Row("REL-19", "nothing of the platform stands on spot",
        (f"{PROGRAMS}::test_nothing_of_the_platform_may_stand_on_spot",)),
    Row("REL-20", "a lost spot node moves only the team",
        ("e2e/test_spot.py::"
         "test_gpus_come_when_asked_for_and_their_loss_moves_only_the_team",)),
    Row("REL-21", "in prod what requests pass through is there twice",
        ("components/test_availability.py::"
         "test_what_requests_pass_through_is_there_twice",
         "e2e/test_drain.py::test_every_pair_is_apart_and_every_node_can_be_drained")),
    Row("REL-22", "a zone may be lost",
        ("e2e/test_two_zones.py::"
         "test_a_lone_node_must_come_back_for_its_zones_volumes_and_another_need_not",)),
    Row("REL-23", "the platform fits its nodes",
        ("components/test_fit.py::test_everything_fits_beside_monitoring",
         "e2e/test_lifecycle.py::test_every_pod_is_placed_as_the_preview_said")),
    Row("REL-24", "networks are apart and large enough",
        ("plan/test_network.py::test_subnets_are_apart_inside_and_large_enough",)),
    Row("REL-25", "a quota admits Kubeflow's own pods",
        ("e2e/test_teams.py::test_every_pod_of_kubeflow_is_admitted_and_scheduled",
         "e2e/test_teams.py::"
         "test_without_the_default_requests_a_step_of_a_pipeline_is_refused")),
    Row("REL-26", "every change of a team is one step",
        ("e2e/test_team_steps.py::test_an_empty_team_leaves_with_all_that_was_made_for_it",)),
    Row("REL-27", "what failed half-way is mended by the next up",
        ("e2e/test_interrupted.py::test_after_three_kills_up_ends_where_it_always_ends",),
        "a failing image is not simulated"),
    Row("REL-28", "what never becomes ready is named in time",
        ("kube/test_wait.py::test_a_deadline_names_the_object_and_what_it_waits_for",)),
    Row("REL-29", "the account is looked at before anything is made",
        ("ops/test_doctor.py::*", "ops/test_digitalocean_doctor.py::*",
         "ops/test_preflight.py::*")),
)  # fmt: skip


def rules_of(check: str) -> tuple[str, ...]:
    """The policies that answer a check."""
    return tuple(rule.name for rule in RULES if check in rule.checks)


def page() -> str:
    """The table for people."""
    rows = [
        f"| {row.id} | {row.what} | {', '.join(rules_of(row.id)) or '-'} | "
        f"{', '.join(f'`{test}`' for test in row.tests) or '-'} | {row.lacks or '-'} |"
        for row in ROWS
    ]
    head = (
        "# The sixty checks\n"
        "What a stack that may be relied on has to hold, and what holds it: "
        "[policies](policies.md) judge what is declared, tests (below `tests/`)\n"
        "what the program does; those in `e2e/` on "
        "a rehearsal's API server. This page is written by "
        "`python -m tests.policies.checks > docs/checks.md`.\n\n"
        "| check | what holds | policies | tests | what nobody holds |\n|--|--|--|--|--|"
    )
    return "\n".join((head, *rows, ""))


if __name__ == "__main__":
    sys.stdout.write(page())
