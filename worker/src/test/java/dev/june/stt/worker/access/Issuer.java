package dev.june.stt.worker.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.june.stt.config.Access;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.atomic.AtomicInteger;

/** An identity provider: a key of its own and a server that publishes the public half. */
final class Issuer implements AutoCloseable {
    static final String NAME = "https://issuer.example.com";
    static final String AUDIENCE = "june";

    private final AtomicInteger asked = new AtomicInteger();
    private final RSAKey key;
    private final HttpServer server;
    private volatile boolean broken;

    Issuer() throws IOException, JOSEException {
        key = new RSAKeyGenerator(2048).keyID("first").generate();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/keys", exchange -> {
            asked.incrementAndGet();
            byte[] body = new JWKSet(key.toPublicJWK()).toString().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(broken ? 500 : 200, broken ? -1 : body.length);
            if (!broken) {
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        });
        server.start();
    }

    Access.Jwt rules() {
        return new Access.Jwt(NAME, "http://127.0.0.1:" + server.getAddress().getPort() + "/keys", AUDIENCE);
    }

    RSAKey key() {
        return key;
    }

    /** How often its keys were asked for. */
    int asked() {
        return asked.get();
    }

    void fail() {
        broken = true;
    }

    /** Claims that are all right. */
    static JWTClaimsSet.Builder claims(String scope) {
        Instant now = Instant.now();
        return new JWTClaimsSet.Builder()
                .issuer(NAME)
                .audience(AUDIENCE)
                .subject("orchestrator")
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(600)))
                .claim("scope", scope);
    }

    String sign(JWTClaimsSet claims) throws JOSEException {
        return sign(claims, key, JOSEObjectType.JWT);
    }

    static String sign(JWTClaimsSet claims, RSAKey with, JOSEObjectType type) throws JOSEException {
        SignedJWT jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .keyID(with.getKeyID())
                        .type(type)
                        .build(),
                claims);
        jwt.sign(new RSASSASigner(with));
        return jwt.serialize();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
