package dev.june.stt.config;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who may call the worker's HTTP endpoints. Health needs nothing; all else needs a key or a token. */
public record Access(
        @JsonPropertyDescription(
                "Secret whose values are API key records, a keyed hash each; never the keys themselves")
        @Nullable
        SecretRef apiKeysSecretRef,

        @JsonPropertyDescription("Tokens of an identity provider that are accepted") @Nullable
        Jwt jwt,

        @JsonPropertyDescription("Origins of web pages that may call the endpoints") @Default("[]") @Size(max = 64)
        List<@Size(max = 256) String> allowedOrigins) {
    public Access {
        allowedOrigins = List.copyOf(allowedOrigins);
    }

    /** What a token must show. */
    public record Jwt(
            @JsonPropertyDescription("Issuer the token must name") @Required @Size(max = 2048)
            String issuer,

            @JsonPropertyDescription("Address of the issuer's public keys")
            @Required
            @Size(max = 2048)
            @Pattern("^https?://.+")
            String jwksUri,

            @JsonPropertyDescription("Audience the token must name") @Required @Size(max = 256)
            String audience) {}
}
