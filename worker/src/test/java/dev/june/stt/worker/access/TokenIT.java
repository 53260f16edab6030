package dev.june.stt.worker.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.june.stt.config.Access;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which tokens of an identity provider get in, by real requests to the running web layer. */
class TokenIT extends AccessRig {
    @Test
    void aTokenOfTheIssuerOpensWhatItsScopesSay() throws Exception {
        assertThat(door.get(
                                LIST,
                                issuer.sign(
                                        Issuer.claims("openid deadletters:read").build()))
                        .statusCode())
                .isEqualTo(200);
        assertThat(door.get(
                                LIST,
                                issuer.sign(Issuer.claims("x")
                                        .claim("scp", List.of("deadletters:read"))
                                        .build()))
                        .statusCode())
                .isEqualTo(200);
        assertThat(door.get(
                                LIST,
                                Issuer.sign(
                                        Issuer.claims("deadletters:read").build(),
                                        issuer.key(),
                                        new JOSEObjectType("at+jwt")))
                        .statusCode())
                .isEqualTo(200);
        assertThat(door.get(
                                LIST,
                                issuer.sign(Issuer.claims("openid DEADLETTERS:READ admin")
                                        .build()))
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void clocksMayDifferByAMinuteAndNoMore() throws Exception {
        assertThat(statusOf(
                        Issuer.claims("deadletters:read").issueTime(in(-900)).expirationTime(in(-30))))
                .isEqualTo(200);
        assertThat(statusOf(
                        Issuer.claims("deadletters:read").issueTime(in(-900)).expirationTime(in(-90))))
                .isEqualTo(401);
        assertThat(statusOf(Issuer.claims("deadletters:read").notBeforeTime(in(30))))
                .isEqualTo(200);
        assertThat(statusOf(Issuer.claims("deadletters:read").notBeforeTime(in(600))))
                .isEqualTo(401);
    }

    @Test
    void aTokenThatShowsNotAllOfItIsRefusedWithoutAReason() throws Exception {
        JWTClaimsSet good = Issuer.claims("deadletters:read").build();
        RSAKey stranger = new RSAKeyGenerator(2048).keyID("first").generate();
        Map<String, String> tokens = new LinkedHashMap<>();
        tokens.put(
                "another issuer",
                issuer.sign(new JWTClaimsSet.Builder(good)
                        .issuer("https://evil.example.com")
                        .build()));
        tokens.put(
                "no issuer",
                issuer.sign(new JWTClaimsSet.Builder(good).issuer(null).build()));
        tokens.put(
                "another audience",
                issuer.sign(new JWTClaimsSet.Builder(good).audience("other").build()));
        tokens.put(
                "no audience",
                issuer.sign(
                        new JWTClaimsSet.Builder(good).audience((String) null).build()));
        tokens.put(
                "never expires",
                issuer.sign(new JWTClaimsSet.Builder(good).expirationTime(null).build()));
        tokens.put("alg none", new PlainJWT(good).serialize());
        tokens.put("another key under the same id", Issuer.sign(good, stranger, JOSEObjectType.JWT));
        tokens.put(
                "HS256 with the public key as the secret",
                hs256(good, issuer.key().toRSAPublicKey().getEncoded()));
        tokens.put(
                "HS256 with the modulus as the secret",
                hs256(good, issuer.key().getModulus().decode()));
        tokens.put("changed claims", changed(issuer.sign(good)));
        tokens.put("no signature", issuer.sign(good).replaceAll("[^.]+$", ""));
        tokens.put("another type", Issuer.sign(good, issuer.key(), new JOSEObjectType("dpop+jwt")));
        tokens.put("two parts", "a.b");
        tokens.put("dots", "..");
        for (Map.Entry<String, String> token : tokens.entrySet()) {
            HttpResponse<String> answer = door.get(LIST, token.getValue());
            assertThat(answer.statusCode()).as(token.getKey()).isEqualTo(401);
            assertThat(answer.body()).as(token.getKey()).isEqualTo(UNAUTHORIZED);
            assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
        }
        assertThat(door.get(LIST, issuer.sign(good)).statusCode()).isEqualTo(200);
    }

    @Test
    void strangersCannotMakeTheWorkerAskTheIssuerAgainAndAgain() throws Exception {
        RSAKey stranger = new RSAKeyGenerator(2048).generate();
        try (Issuer own = new Issuer()) {
            door.setAccess(new Access(null, own.rules(), List.of()));
            long start = System.nanoTime();
            for (int i = 0; i < 60; i++) {
                RSAKey unknown =
                        new RSAKey.Builder(stranger).keyID("unknown-" + i).build();
                String token = Issuer.sign(Issuer.claims("deadletters:read").build(), unknown, JOSEObjectType.JWT);
                // It may be the issuer's newest key: while that cannot be asked, the answer is "later".
                assertThat(door.get(LIST, token).statusCode()).isIn(401, 503);
            }
            long periods = 1 + Duration.ofNanos(System.nanoTime() - start).toSeconds() / 10;
            assertThat(own.asked()).isBetween(1, (int) (2 * periods + 1));
            assertThat(door.get(LIST, own.sign(Issuer.claims("deadletters:read").build()))
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void withoutTheIssuersKeysNothingIsSaidAboutAToken() throws Exception {
        try (Issuer own = new Issuer()) {
            own.fail();
            door.setAccess(new Access(KEYS, own.rules(), List.of()));
            HttpResponse<String> answer =
                    door.get(LIST, own.sign(Issuer.claims("deadletters:read").build()));
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).isPresent();
            assertThat(answer.body()).doesNotContain("127.0.0.1");
        }
    }

    private int statusOf(JWTClaimsSet.Builder claims) throws Exception {
        return door.get(LIST, issuer.sign(claims.build())).statusCode();
    }

    private static String hs256(JWTClaimsSet claims, byte[] secret) throws Exception {
        SignedJWT jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("first").build(), claims);
        jwt.sign(new MACSigner(secret));
        return jwt.serialize();
    }

    private static String changed(String token) {
        String[] parts = token.split("\\.", -1);
        String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8)
                .replace("orchestrator", "administrator");
        return parts[0] + "."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes(StandardCharsets.UTF_8)) + "."
                + parts[2];
    }

    private static Date in(int seconds) {
        return Date.from(Instant.now().plusSeconds(seconds));
    }
}
