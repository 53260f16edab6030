package dev.june.stt.operator.pipeline;

import dev.june.stt.access.ApiKeyRecord;
import dev.june.stt.config.Delivery;
import dev.june.stt.config.SecretRef;
import dev.june.stt.operator.probe.SecretState;
import dev.june.stt.operator.streams.NatsAccess;
import dev.june.stt.resource.SttPipelineSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A Secret that a pipeline refers to, and what has to be in it.
 *
 * @param use what it is for; begins the condition's reason: {@code LiveKit} gives {@code LiveKitSecretMissing}
 * @param field where the spec names it
 * @param keys what it has to contain, for people
 * @param example the end of a command that creates it
 */
record NeededSecret(
        String use, String field, String name, String keys, String example, Predicate<SecretState.Present> sufficient) {

    /** All of them, in the order in which they should be mended. */
    static List<NeededSecret> of(SttPipelineSpec spec) {
        List<NeededSecret> needed = new ArrayList<>();
        needed.add(new NeededSecret(
                "LiveKit",
                "livekit.credentialsSecretRef",
                spec.livekit().credentialsSecretRef().name(),
                "apiKey and apiSecret",
                "--from-literal=apiKey=KEY --from-literal=apiSecret=SECRET",
                secret -> secret.text("apiKey").isPresent()
                        && secret.text("apiSecret").isPresent()));
        Delivery.Nats nats = spec.delivery().nats();
        Optional.ofNullable(nats.credentialsSecretRef())
                .ifPresent(ref -> needed.add(nats("Nats", "delivery.nats.credentialsSecretRef", ref, nats.url())));
        Optional.ofNullable(nats.operatorCredentialsSecretRef())
                .ifPresent(ref -> needed.add(
                        nats("NatsOperator", "delivery.nats.operatorCredentialsSecretRef", ref, nats.url())));
        Optional.ofNullable(spec.delivery().webhook())
                .ifPresent(webhook -> needed.add(new NeededSecret(
                        "Webhook",
                        "delivery.webhook.signingSecretRef",
                        webhook.signingSecretRef().name(),
                        "of your choice, each with a signing key: whsec_ and the Base64 of 24 to 64 bytes",
                        "--from-literal=current=whsec_$(openssl rand -base64 32)",
                        secret -> !secret.data().isEmpty())));
        Optional.ofNullable(spec.access().apiKeysSecretRef())
                .ifPresent(ref -> needed.add(new NeededSecret(
                        "Access",
                        "access.apiKeysSecretRef",
                        ref.name(),
                        "pepper, and one more for each client with the records of its API keys",
                        "--from-file=pepper --from-file=CLIENT",
                        secret -> secret.text(ApiKeyRecord.PEPPER).isPresent()
                                && secret.data().size() > 1)));
        return List.copyOf(needed);
    }

    private static NeededSecret nats(String use, String field, SecretRef ref, String url) {
        return new NeededSecret(
                use,
                field,
                ref.name(),
                "username and password, or token, or creds; with or without ca.crt",
                "--from-literal=username=USER --from-literal=password=PASSWORD",
                secret -> NatsAccess.from(url, secret).isPresent());
    }

    Optional<Finding> check(String namespace, Optional<SecretState> seen) {
        if (seen.isEmpty()) {
            return Optional.of(
                    finding(Finding.Kind.UNSEEN, "NotObservedYet", "Secret " + name + " is being looked up."));
        }
        return switch (seen.get()) {
            case SecretState.Missing _ ->
                Optional.of(finding(
                        Finding.Kind.HOLD,
                        use + "SecretMissing",
                        "Secret " + name + ", named by " + field + ", does not exist in namespace " + namespace
                                + ". Create it with the keys " + keys + ": kubectl -n " + namespace
                                + " create secret generic " + name + " " + example));
            case SecretState.Forbidden _ ->
                Optional.of(finding(
                        Finding.Kind.HOLD,
                        "SecretForbidden",
                        "Secret " + name + ", named by " + field
                                + ", cannot be read: give the operator's role the verb get on secrets in namespace "
                                + namespace + "."));
            case SecretState.Present present
            when !sufficient.test(present) ->
                Optional.of(finding(
                        Finding.Kind.HOLD,
                        use + "SecretIncomplete",
                        "Secret " + name + ", named by " + field + ": expected the keys " + keys + ", found "
                                + (present.data().isEmpty()
                                        ? "none"
                                        : String.join(
                                                ", ",
                                                present.data().keySet().stream()
                                                        .sorted()
                                                        .toList()))
                                + "."));
            case SecretState.Present _ -> Optional.empty();
        };
    }

    private static Finding finding(Finding.Kind kind, String reason, String message) {
        return new Finding(ConditionType.REFERENCES_RESOLVED, kind, reason, message);
    }
}
