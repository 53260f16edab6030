package dev.june.stt.worker.access;

import dev.june.stt.access.ApiKey;
import dev.june.stt.access.Scope;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;

/** Finds out who shows a bearer token: it is an API key if it begins like one, else a token of the issuer. Any thread. */
final class Callers implements AuthenticationManager {
    private final AccessSettings settings;
    private final ApiKeys keys;
    private final Tokens tokens;

    Callers(AccessSettings settings, ApiKeys keys, Tokens tokens) {
        this.settings = settings;
        this.keys = keys;
        this.tokens = tokens;
    }

    @Override
    public Authentication authenticate(Authentication shown) {
        if (!(shown instanceof BearerTokenAuthenticationToken bearer)) {
            throw new BadCredentialsException("not a bearer token");
        }
        String token = bearer.getToken();
        return token.startsWith(ApiKey.PREFIX) ? byKey(token) : byToken(token);
    }

    private Caller byKey(String token) {
        return Optional.ofNullable(settings.access().get().apiKeysSecretRef())
                .flatMap(_ -> ApiKey.parse(token))
                .flatMap(keys::find)
                .map(entry -> new Caller("key:" + entry.client(), entry.record().scopes()))
                .orElseThrow(() -> new BadCredentialsException("no such key"));
    }

    private Caller byToken(String token) {
        try {
            Jwt jwt = tokens.decode(token);
            return new Caller("subject:" + Optional.ofNullable(jwt.getSubject()).orElse(""), scopes(jwt));
        } catch (BadJwtException e) {
            throw new BadCredentialsException("no such token", e);
        } catch (JwtException e) {
            throw new IssuerUnavailable(e);
        }
    }

    /** Names that mean nothing here are other services' scopes and are left out. */
    private static Set<Scope> scopes(Jwt jwt) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String claim : List.of("scope", "scp")) {
            Collection<?> names = switch (jwt.getClaims().get(claim)) {
                case String text -> Arrays.asList(text.split(" ", -1));
                case Collection<?> list -> list;
                case null, default -> List.of();
            };
            names.forEach(name -> Scope.of(String.valueOf(name)).ifPresent(scopes::add));
        }
        return scopes;
    }

    /** The issuer's keys cannot be had, so nothing can be said about the token. */
    static final class IssuerUnavailable extends AuthenticationException {
        IssuerUnavailable(Throwable cause) {
            super("the issuer's keys cannot be read", cause);
        }
    }
}
