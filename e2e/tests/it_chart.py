"""The chart as Helm renders it, without a cluster: what is in it, what it refuses, and that its generated parts are up to date."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

import yaml

from june import build, chart, setup
from june.chart import CHART, NAMESPACE, Helm
from june.images.product import version

DIGEST = "sha256:" + 64 * "a"
NAMES = {"operator": "june-stt-operator"}


class ChartIT(unittest.TestCase):
    helm: Helm

    @classmethod
    def setUpClass(cls) -> None:
        cls.helm = Helm(setup.ensure("helm").helm)

    def test_generated_files_are_up_to_date(self) -> None:
        for file, content in chart.generated(self.helm).items():
            self.assertEqual(file.read_text(encoding="utf-8"), content, f"{file.name}: run e2e/chart")

    def test_helm_lint_finds_nothing(self) -> None:
        self.helm("lint", "--strict", CHART)
        self.helm("lint", "--strict", CHART, "--set=nats.enabled=true,watch.clusterWide=true,operator.replicas=2")

    def test_its_version_is_that_of_the_product(self) -> None:
        about = yaml.safe_load((CHART / "Chart.yaml").read_text())
        self.assertEqual((about["version"], about["appVersion"]), (version(), version()))

    def test_by_default_it_has_rights_in_its_own_namespace_alone(self) -> None:
        objects = self.render()
        self.assertEqual(env(operator(objects))["JUNE_WATCH_NAMESPACES"], NAMESPACE)
        bound = [o for o in objects if o["kind"] in ("RoleBinding", "ClusterRoleBinding")]
        self.assertEqual({(o["kind"], o["metadata"]["namespace"]) for o in bound}, {("RoleBinding", NAMESPACE)})

    def test_each_watched_namespace_gets_a_role(self) -> None:
        objects = self.render("watch.namespaces={a,b}")
        self.assertEqual(env(operator(objects))["JUNE_WATCH_NAMESPACES"], "a,b")
        for kind in ("Role", "RoleBinding"):
            found = [o["metadata"]["namespace"] for o in of(objects, kind) if o["metadata"]["name"] == NAMES["operator"]]
            self.assertEqual(found, ["a", "b"])
        subject = of(objects, "RoleBinding")[0]["subjects"][0]
        self.assertEqual((subject["name"], subject["namespace"]), (NAMES["operator"], NAMESPACE))

    def test_the_whole_cluster_is_a_choice_with_the_same_rules(self) -> None:
        objects = self.render("watch.clusterWide=true")
        self.assertEqual(env(operator(objects))["JUNE_WATCH_NAMESPACES"], "*")
        everywhere = one(objects, "ClusterRole", NAMES["operator"])
        self.assertEqual(everywhere["rules"], one(self.render(), "Role", NAMES["operator"])["rules"])
        self.assertFalse([o for o in of(objects, "Role") if o["metadata"]["name"] == NAMES["operator"]])

    def test_the_operators_log_level_changes_without_a_restart_and_its_format_is_a_choice(self) -> None:
        before, after = self.render(), self.render("operator.logLevel=debug")
        self.assertEqual(operator(before), operator(after))
        levels = [one(objects, "ConfigMap", f"{NAMES['operator']}-logging")["data"]["level"] for objects in (before, after)]
        self.assertEqual(levels, ["info", "debug"])
        self.assertEqual(env(operator(before))["JUNE_LOG_FORMAT"], "ecs")
        self.assertEqual(env(operator(self.render("operator.logFormat=text")))["JUNE_LOG_FORMAT"], "")
        self.refused("loglevel", "operator.logLevel=loud")

    def test_no_rule_has_a_wildcard(self) -> None:
        for role in [o for o in self.render("watch.clusterWide=true") if o["kind"] in ("Role", "ClusterRole")]:
            for rule in role["rules"]:
                self.assertNotIn("*", rule["apiGroups"] + rule["resources"] + rule["verbs"], role["metadata"]["name"])

    def test_people_get_pipelines_with_the_roles_that_they_have(self) -> None:
        to = {role: set[str]() for role in ("view", "edit", "admin")}
        for role in of(self.render(), "ClusterRole"):
            for name, verbs in to.items():
                if role["metadata"]["labels"].get(f"rbac.authorization.k8s.io/aggregate-to-{name}") == "true":
                    verbs.update(verb for rule in role["rules"] for verb in rule["verbs"])
        self.assertEqual(to["view"], {"get", "list", "watch"})
        self.assertEqual(to["edit"], to["view"] | {"create", "update", "patch", "delete"})
        self.assertEqual(to["admin"], to["edit"] | {"deletecollection"})
        self.assertEqual(of(self.render("rbac.aggregate=false"), "ClusterRole"), [])

    def test_every_pod_meets_the_restricted_level_and_has_no_token_but_a_projected_one(self) -> None:
        for workload in self.workloads(self.render("nats.enabled=true")):
            name, pod = workload["metadata"]["name"], workload["spec"].get("template", workload)["spec"]
            self.assertFalse(pod["automountServiceAccountToken"], name)
            self.assertTrue(pod["securityContext"]["runAsNonRoot"], name)
            self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"}, name)
            for container in pod["containers"]:
                security = container["securityContext"]
                self.assertEqual(security["capabilities"], {"drop": ["ALL"]}, name)
                self.assertIs(security["allowPrivilegeEscalation"], False, name)
                self.assertIs(security["readOnlyRootFilesystem"], True, name)
                self.assertIn("memory", container["resources"]["limits"], name)
        token = next(v for v in operator(self.render())["volumes"] if v["name"] == "token")
        self.assertEqual(token["projected"]["sources"][0]["serviceAccountToken"]["expirationSeconds"], 3600)

    def test_the_operator_has_all_three_probes(self) -> None:
        container = operator(self.render())["containers"][0]
        for probe, path in {"startup": "liveness", "liveness": "liveness", "readiness": "readiness"}.items():
            self.assertEqual(container[f"{probe}Probe"]["httpGet"], {"path": f"/health/{path}", "port": "http"})

    def test_two_operators_have_a_disruption_budget_and_share_a_lease(self) -> None:
        self.assertEqual(of(self.render(), "PodDisruptionBudget"), [])
        objects = self.render("operator.replicas=2")
        self.assertEqual(one(objects, "Deployment", NAMES["operator"])["spec"]["replicas"], 2)
        self.assertEqual(one(objects, "PodDisruptionBudget", NAMES["operator"])["spec"]["maxUnavailable"], 1)
        lease = env(operator(objects))["JUNE_LEASE_NAME"]
        election = one(objects, "Role", f"{NAMES['operator']}-election")
        self.assertEqual([rule["resourceNames"] for rule in election["rules"] if "resourceNames" in rule], [[lease]])

    def test_two_releases_in_one_cluster_do_not_meet(self) -> None:
        def names(release: str) -> set[tuple[str, str, str]]:
            rendered = yaml.safe_load_all(self.helm("template", release, CHART, "--namespace=n", "--set=watch.clusterWide=true"))
            return {(o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"]) for o in rendered if o}

        shared = names("one") & names("two")
        self.assertEqual(shared, {("CustomResourceDefinition", "", "sttpipelines.stt.june.dev")})

    def test_images_by_digest_and_from_elsewhere(self) -> None:
        objects = self.render(
            f"operator.image.digest={DIGEST}", "worker.image.repository=example.org/w", "worker.image.tag=v7", "imagePullSecrets[0].name=pull"
        )
        self.assertEqual(operator(objects)["containers"][0]["image"], f"june-stt/operator@{DIGEST}")
        self.assertEqual(env(operator(objects))["JUNE_WORKER_IMAGE"], "example.org/w:v7")
        self.assertEqual(operator(objects)["imagePullSecrets"], [{"name": "pull"}])
        self.assertEqual(one(objects, "Pod", "june-stt-test")["spec"]["containers"][0]["image"], f"june-stt/operator@{DIGEST}")

    def test_the_crd_comes_along_is_kept_and_can_be_left_out(self) -> None:
        crd = one(self.render(), "CustomResourceDefinition", "sttpipelines.stt.june.dev")
        self.assertEqual(crd["metadata"]["annotations"], {"helm.sh/resource-policy": "keep"})
        original = yaml.safe_load(chart.CRD.read_text(encoding="utf-8"))
        self.assertEqual(crd["spec"], original["spec"])
        self.assertEqual(of(self.render("crds.install=false"), "CustomResourceDefinition"), [])

    def test_the_users_of_nats_are_what_a_real_server_understands(self) -> None:
        first, second = "nats.users.pipelines[0]", "nats.users.pipelines[1]"
        names = (f"{first}.namespace=team-a", f"{first}.name=meetings", f"{second}.namespace=b", f"{second}.name=calls")
        objects = self.render("nats.enabled=true", "nats.users.secretName=users", *names)
        text = one(objects, "ConfigMap", "june-stt-nats")["data"]["nats.conf"]
        self.assertIn('"stt.v1.team-a.meetings.final.>"', text)
        self.assertNotRegex(text, "NAMESPACE|PIPELINE")
        users = [f"{role}__{name}_PASSWORD" for role in ("OPERATOR", "WORKER", "READER") for name in ("TEAM_A__MEETINGS", "B__CALLS")]
        for user in users:
            self.assertIn(f"${user}", text)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "nats.conf"
            file.write_text(text, encoding="utf-8")
            server, passwords = setup.ensure("nats.server").nats_server, {user: user.lower() for user in users}
            checked = subprocess.run([server, "-t", "--config", file], env=passwords, capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        container = one(objects, "StatefulSet", "june-stt-nats")["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual(container["envFrom"], [{"secretRef": {"name": "users"}}])

    def test_nats_is_a_choice_and_its_storage_too(self) -> None:
        self.assertEqual(of(self.render(), "StatefulSet"), [])
        objects = self.render("nats.enabled=true", "nats.image.repository=elsewhere/nats", "nats.image.tag=v1")
        spec = one(objects, "StatefulSet", "june-stt-nats")["spec"]
        self.assertEqual(spec["template"]["spec"]["containers"][0]["image"], "elsewhere/nats:v1")
        self.assertEqual(spec["template"]["spec"]["volumes"], [{"name": "data", "emptyDir": {}}])
        kept = one(self.render("nats.enabled=true", "nats.storage.size=2Gi", "nats.storage.className=fast"), "StatefulSet", "june-stt-nats")
        claim = kept["spec"]["volumeClaimTemplates"][0]["spec"]
        self.assertEqual((claim["storageClassName"], claim["resources"]["requests"]["storage"]), ("fast", "2Gi"))

    def test_monitoring_is_a_choice_and_carries_the_labels(self) -> None:
        self.assertEqual(of(self.render(), "PodMonitor"), [])
        objects = self.render("operator.podMonitor=true", "monitoring.labels.release=prometheus", "monitoring.labels.team=media")
        self.assertEqual(one(objects, "PodMonitor", NAMES["operator"])["metadata"]["labels"]["release"], "prometheus")
        self.assertEqual(env(operator(objects))["JUNE_MONITORING_LABELS"], "release=prometheus,team=media")
        self.assertEqual(of(objects, "PrometheusRule"), [])
        objects = self.render("operator.podMonitor=true", "operator.prometheusRule=true")
        rules = one(objects, "PrometheusRule", NAMES["operator"])["spec"]["groups"][0]["rules"]
        self.assertEqual(rules[0]["expr"], 'absent(up{namespace="june-stt",pod=~"june-stt-operator-.+"} == 1)')

    def test_the_dashboard_is_a_choice_and_carries_what_the_sidecar_looks_for(self) -> None:
        self.assertNotIn("june-stt-dashboard", [o["metadata"]["name"] for o in of(self.render(), "ConfigMap")])
        made = one(self.render("grafana.dashboard=true", "grafana.annotations.grafana_folder=June"), "ConfigMap", "june-stt-dashboard")
        self.assertEqual(made["metadata"]["labels"]["grafana_dashboard"], "1")
        self.assertEqual(made["metadata"]["annotations"], {"grafana_folder": "June"})
        dashboard = json.loads(made["data"]["june-stt.json"])
        self.assertEqual(dashboard, json.loads((CHART / "dashboards/june-stt.json").read_text(encoding="utf-8")))
        self.assertEqual(dashboard["uid"], "june-stt")

    def test_values_that_it_does_not_know_or_that_cannot_work_are_refused(self) -> None:
        for value, said in {
            "operater.replicas=2": "operater",
            "operator.image.tags=1": "tags",
            "nats.storage.sise=1Gi": "sise",
            "operator.replicas=0": "minimum",
            "worker.image.digest=latest": "pattern",
            "watch.namespaces={Bad_Name}": "pattern",
            "operator.extraEnv[0].name=JUNE_WORKER_IMAGE": "not",
        }.items():
            self.refused(said, value)
        self.refused("podMonitor", "operator.prometheusRule=true")
        self.refused("maxItems", "watch.clusterWide=true", "watch.namespaces={a}")

    def test_the_test_of_an_installation_can_only_do_what_it_does(self) -> None:
        objects = self.render("watch.namespaces={a,b}")
        role = one(objects, "Role", "june-stt-test")
        self.assertEqual(role["metadata"]["namespace"], "a")
        self.assertEqual(role["rules"], [{"apiGroups": ["stt.june.dev"], "resources": ["sttpipelines"], "verbs": ["create", "get", "delete"]}])
        pod = one(objects, "Pod", "june-stt-test")
        self.assertEqual(pod["spec"]["containers"][0]["args"], ["check-installation", "a"])
        self.assertEqual(pod["metadata"]["annotations"]["helm.sh/hook"], "test")

    def test_alerts_ask_for_metrics_that_our_programs_have(self) -> None:
        sources = [file for module in ("worker", "operator") for file in (build.REPOSITORY / module / "src/main/java").rglob("*.java")]
        code = "".join(file.read_text(encoding="utf-8") for file in sources if file.name != "MonitoringResources.java")
        asked = {metric for rule in self.alerts() for metric in re.findall(r"\bstt_\w+", rule["expr"])}
        self.assertGreater(len(asked), 4)
        for metric in asked:
            # Micrometer appends the unit and what it is.
            stem = re.sub(r"_(total|seconds)$", "", metric)
            spellings = [f'"{name}"' for name in (metric, stem, stem.replace("_", "."))]
            self.assertTrue(any(spelling in code for spelling in spellings), metric)

    def alerts(self) -> list[dict[str, Any]]:
        """Those about pipelines, which the operator makes, and those about the operator, which are in the chart."""
        pipelines = build.REPOSITORY / "operator/src/test/resources/objects/minimal/out-prometheusrule.yaml"
        ours = one(self.render("operator.podMonitor=true", "operator.prometheusRule=true"), "PrometheusRule", NAMES["operator"])
        theirs = yaml.safe_load(pipelines.read_text(encoding="utf-8"))
        return [rule for document in (theirs, ours) for rule in document["spec"]["groups"][0]["rules"]]

    def refused(self, said: str, *values: str) -> None:
        done = self.helm.run("template", "june-stt", CHART, *(f"--set={value}" for value in values))
        self.assertNotEqual(done.returncode, 0, f"{values} was accepted")
        self.assertIn(said.lower(), done.stderr.lower(), values)

    def render(self, *values: str) -> list[dict[str, Any]]:
        return [document for document in yaml.safe_load_all(self.helm.template(values=values)) if document]

    @staticmethod
    def workloads(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = [o for o in objects if o["kind"] in ("Deployment", "StatefulSet", "Pod")]
        assert len(found) == 3, [o["metadata"]["name"] for o in found]
        return found


def of(objects: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [o for o in objects if o["kind"] == kind]


def one(objects: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    found = [o for o in of(objects, kind) if o["metadata"]["name"] == name]
    assert len(found) == 1, f"{kind} {name}: expected one, got {len(found)}"
    return found[0]


def operator(objects: list[dict[str, Any]]) -> dict[str, Any]:
    return one(objects, "Deployment", NAMES["operator"])["spec"]["template"]["spec"]


def env(pod: dict[str, Any]) -> dict[str, str]:
    return {variable["name"]: variable.get("value", "") for variable in pod["containers"][0]["env"]}


if __name__ == "__main__":
    unittest.main()
