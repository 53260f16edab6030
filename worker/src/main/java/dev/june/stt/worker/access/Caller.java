package dev.june.stt.worker.access;

import dev.june.stt.access.Scope;
import java.util.Collection;
import java.util.Set;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/** Who calls, once that is proven: a client of the Secret or the subject of a token, and what it may do. */
final class Caller extends AbstractAuthenticationToken {
    /** What its rate is counted under; bounded in length. */
    private final String name;

    Caller(String name, Set<Scope> scopes) {
        super(authorities(scopes));
        this.name = name.length() <= 200 ? name : name.substring(0, 200);
        setAuthenticated(true);
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public Object getPrincipal() {
        return name;
    }

    @Override
    public Object getCredentials() {
        return "";
    }

    private static Collection<GrantedAuthority> authorities(Set<Scope> scopes) {
        return scopes.stream()
                .map(scope -> (GrantedAuthority) new SimpleGrantedAuthority(scope.text()))
                .toList();
    }
}
