package dev.june.stt.config;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** Which LiveKit server to listen to, as whom, and in which rooms. */
public record LiveKit(
        @JsonPropertyDescription("Address of the LiveKit server: ws:// or wss://")
        @Required
        @Size(max = 2048)
        @Pattern("^wss?://[^/ ]+.*$")
        String url,

        @JsonPropertyDescription("Secret with the keys apiKey and apiSecret of the LiveKit server") @Required
        SecretRef credentialsSecretRef,

        @JsonPropertyDescription(
                "Name to register under. Empty: every new room is transcribed. Otherwise only rooms that ask for this"
                        + " agent by an explicit dispatch")
        @Default("")
        @Size(max = 128)
        String agentName,

        @JsonPropertyDescription("Which rooms are transcribed")
        Rooms rooms) {

    /** Room names, with {@code *} for any characters. A room is listened to if an include matches and no exclude does. */
    public record Rooms(
            @JsonPropertyDescription("Name patterns of rooms to transcribe; * stands for any characters")
            @Default("[\"*\"]")
            @Size(max = 64)
            List<@Size(max = 256) String> include,

            @JsonPropertyDescription("Name patterns of rooms to leave alone, stronger than include")
            @Default("[]")
            @Size(max = 64)
            List<@Size(max = 256) String> exclude) {
        public Rooms {
            include = List.copyOf(include);
            exclude = List.copyOf(exclude);
        }
    }
}
