package dev.june.stt.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How finals reach whoever consumes them, and for how long they are kept. */
@ValidationRule(
        value = "duration(self.duplicateWindow) <= duration(self.retention)",
        message = "delivery.duplicateWindow must not be longer than delivery.retention")
public record Delivery(
        @JsonPropertyDescription("The NATS server with JetStream that stores utterances and transcripts") @Required
        Nats nats,

        @JsonPropertyDescription("Receiver that every final is posted to; without it finals are read from NATS")
        @Nullable
        Webhook webhook,

        @JsonPropertyDescription("How long transcripts are kept") @Default("168h") @Range(min = "1m", max = "8760h")
        KubeDuration retention,

        @JsonPropertyDescription("How long dead letters, audio included, are kept")
        @Default("720h")
        @Range(min = "1m", max = "8760h")
        KubeDuration deadLetterRetention,

        @JsonPropertyDescription("How long the server remembers message ids")
        @Default("10m")
        @Range(min = "1m", max = "24h")
        KubeDuration duplicateWindow,

        @JsonPropertyDescription("Bytes of utterances that may wait for their decode; above it appending is refused")
        @Default("1073741824")
        @Range(min = "16777216", max = "1099511627776")
        long maxQueueBytes,

        @JsonPropertyDescription("Times an utterance is given to a worker before it becomes a dead letter")
        @Default("5")
        @Range(min = "2", max = "20")
        int maxDeliver,

        @JsonPropertyDescription("Time a worker has for one decode before the utterance is given to another")
        @Default("30s")
        @Range(min = "5s", max = "10m")
        KubeDuration ackWait,

        @JsonPropertyDescription("Bytes of sealed utterances that wait on the worker's disk while NATS is away")
        @Default("268435456")
        @Range(min = "8388608", max = "1099511627776")
        long spoolBytes,

        @JsonPropertyDescription(
                "Whether deleting the pipeline keeps its streams (Retain) or deletes them with all transcripts (Delete)")
        @Default("Retain")
        StreamDeletionPolicy streamDeletionPolicy) {

    /** The NATS server. */
    public record Nats(
            @JsonPropertyDescription("Address of the NATS server, or several separated by commas: nats:// or tls://")
            @Required
            @Size(max = 2048)
            @Pattern("^(nats|tls)://[^/ ,]+(,(nats|tls)://[^/ ,]+)*$")
            String url,

            @JsonPropertyDescription(
                    "Secret with the keys username and password, or token, or creds (a credentials file); optionally ca.crt")
            @Nullable
            SecretRef credentialsSecretRef,

            @JsonPropertyDescription(
                    "Secret with the same keys for the operator alone, so that workers need no right to manage streams; without it the operator uses theirs")
            @Nullable
            SecretRef operatorCredentialsSecretRef,

            @JsonPropertyDescription("Copies of every stream and bucket in a NATS cluster: 1, 3 or 5")
            @Default("1")
            @Range(min = "1", max = "5")
            @ValidationRule(value = "self in [1, 3, 5]", message = "delivery.nats.replicas must be 1, 3 or 5")
            int replicas) {
        /** With one user for the operator and the workers. */
        public Nats(String url, @Nullable SecretRef credentialsSecretRef, int replicas) {
            this(url, credentialsSecretRef, null, replicas);
        }
    }

    /** The receiver of finals: Standard Webhooks headers, CloudEvents binary mode. */
    public record Webhook(
            @JsonPropertyDescription("Address that finals are posted to")
            @Required
            @Size(max = 2048)
            @Pattern("^https?://[^/ ]+.*$")
            String url,

            @JsonPropertyDescription(
                    "Secret whose values are signing keys (whsec_ and base64); all are used, so that keys can be rotated")
            @Required
            SecretRef signingSecretRef,

            @JsonPropertyDescription("Time a receiver has to answer") @Default("15s") @Range(min = "1s", max = "1m")
            KubeDuration timeout,

            @JsonPropertyDescription("Attempts before a final becomes a dead letter")
            @Default("10")
            @Range(min = "1", max = "50")
            int maxAttempts,

            @JsonPropertyDescription("Waits between attempts; the last one repeats")
            @Default("[\"5s\",\"30s\",\"1m\",\"2m\",\"5m\",\"30m\",\"2h\",\"5h\",\"10h\"]")
            @Size(min = 1, max = 20)
            @Range(min = "0s", max = "72h")
            List<KubeDuration> backoff,

            @JsonPropertyDescription("When to pause deliveries to a failing receiver")
            CircuitBreaker circuitBreaker,

            @JsonPropertyDescription("Let the address resolve to private, loopback or link-local addresses")
            @Default("false")
            boolean allowPrivateAddresses) {
        public Webhook {
            backoff = List.copyOf(backoff);
        }
    }

    /** When deliveries to a failing receiver pause, so that attempts are not burnt. */
    public record CircuitBreaker(
            @JsonPropertyDescription("Share of failed calls that opens the circuit, in percent")
            @Default("50")
            @Range(min = "1", max = "100")
            int failureRatePercent,

            @JsonPropertyDescription("Calls that the share is computed over")
            @Default("20")
            @Range(min = "2", max = "1000")
            int window,

            @JsonPropertyDescription("How long the circuit stays open before one call is tried")
            @Default("30s")
            @Range(min = "1s", max = "10m")
            KubeDuration openFor) {}

    /** What deleting a pipeline does to its streams. */
    public enum StreamDeletionPolicy {
        @JsonProperty("Retain")
        RETAIN,
        @JsonProperty("Delete")
        DELETE
    }
}
