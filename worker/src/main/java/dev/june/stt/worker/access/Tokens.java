package dev.june.stt.worker.access;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.june.stt.config.Access;
import java.net.MalformedURLException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimNames;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/**
 * Checks tokens against the issuer that the configuration names, and takes another one up when it changes. Signatures with public keys
 * alone: an algorithm that a token could pair with a public key as its secret is not on the list. The issuer's keys are kept and asked for
 * again at most every ten seconds, however many unknown key ids are shown. Any thread.
 */
final class Tokens implements JwtDecoder {
    private static final Set<JWSAlgorithm> ALGORITHMS =
            Set.of(JWSAlgorithm.RS256, JWSAlgorithm.PS256, JWSAlgorithm.ES256);
    private static final Duration SKEW = Duration.ofSeconds(60);
    private static final Duration KEYS_KEPT = Duration.ofMinutes(5);
    private static final Duration KEYS_WAIT = Duration.ofSeconds(5);
    private static final Duration KEYS_AGAIN = Duration.ofSeconds(10);
    private static final Duration KEYS_WITHOUT_ISSUER = Duration.ofMinutes(30);
    private static final int MAX_KEYS_BYTES = 256 * 1024;

    private final Supplier<Access> access;
    private volatile @Nullable Issuer current;

    private record Issuer(Access.Jwt rules, JwtDecoder decoder) {}

    Tokens(Supplier<Access> access) {
        this.access = access;
    }

    @Override
    public Jwt decode(String token) {
        Access.Jwt rules = access.get().jwt();
        if (rules == null) {
            throw new BadJwtException("no issuer is configured");
        }
        return decoder(rules).decode(token);
    }

    private JwtDecoder decoder(Access.Jwt rules) {
        Issuer known = current;
        if (known == null || !known.rules().equals(rules)) {
            synchronized (this) {
                known = current;
                if (known == null || !known.rules().equals(rules)) {
                    known = new Issuer(rules, build(rules));
                    current = known;
                }
            }
        }
        return known.decoder();
    }

    private static JwtDecoder build(Access.Jwt rules) {
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        try {
            int wait = Math.toIntExact(KEYS_WAIT.toMillis());
            var keys = JWKSourceBuilder.<SecurityContext>create(
                            URI.create(rules.jwksUri()).toURL(),
                            new DefaultResourceRetriever(wait, wait, MAX_KEYS_BYTES))
                    .cache(KEYS_KEPT.toMillis(), KEYS_WAIT.multipliedBy(2).toMillis())
                    .rateLimited(KEYS_AGAIN.toMillis())
                    .outageTolerant(KEYS_WITHOUT_ISSUER.toMillis())
                    .build();
            processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, keys));
        } catch (MalformedURLException | IllegalArgumentException e) {
            throw new BadJwtException("access.jwt.jwksUri is no address", e);
        }
        // "at+jwt" is what RFC 9068 calls an access token.
        processor.setJWSTypeVerifier(
                new DefaultJOSEObjectTypeVerifier<>(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
        processor.setJWTClaimsSetVerifier((_, _) -> {}); // the validators below do it
        NimbusJwtDecoder decoder = new NimbusJwtDecoder(processor);
        decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(List.of(
                new JwtTimestampValidator(SKEW),
                new JwtClaimValidator<Instant>(
                        JwtClaimNames.EXP, expiry -> Optional.ofNullable(expiry).isPresent()),
                new JwtIssuerValidator(rules.issuer()),
                new JwtClaimValidator<Collection<String>>(
                        JwtClaimNames.AUD, audience -> audience != null && audience.contains(rules.audience())))));
        return decoder;
    }
}
