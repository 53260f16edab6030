package dev.june.stt.worker.access;

import dev.june.stt.config.Limits;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.web.filter.OncePerRequestFilter;

/** Says no: without a reason that helps anyone guess, and counted. A filter behind the authentication, so that it knows who calls. */
final class Refusals extends OncePerRequestFilter implements AuthenticationEntryPoint, AccessDeniedHandler {
    private final Throttle throttle;
    private final InFlight inFlight;
    private final Supplier<Limits> limits;
    private final MeterRegistry metrics;

    private enum Refusal {
        UNAUTHENTICATED(401, "Unauthorized"),
        FORBIDDEN(403, "Forbidden"),
        TOO_MANY(429, "Too Many Requests"),
        TOO_MANY_AT_ONCE(429, "Too Many Requests"),
        ISSUER_UNAVAILABLE(503, "Service Unavailable");

        private final int status;
        private final String title;

        Refusal(int status, String title) {
            this.status = status;
            this.title = title;
        }
    }

    Refusals(Supplier<Limits> limits, MeterRegistry metrics) {
        this.throttle = new Throttle(limits, metrics);
        this.inFlight = new InFlight(metrics);
        this.limits = limits;
        this.metrics = metrics;
        for (Refusal refusal : Refusal.values()) {
            refused(refusal);
        }
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain next)
            throws ServletException, IOException {
        Authentication caller = SecurityContextHolder.getContext().getAuthentication();
        if (!(caller instanceof Caller known)) {
            next.doFilter(request, response);
        } else if (!throttle.admits(known.getName())) {
            refuse(response, Refusal.TOO_MANY);
        } else if (!inFlight.enter(known.getName(), limits.get().connectionsPerKey())) {
            refuse(response, Refusal.TOO_MANY_AT_ONCE);
        } else {
            try {
                next.doFilter(request, response);
            } finally {
                inFlight.leave(known.getName());
            }
        }
    }

    @Override
    public void commence(HttpServletRequest request, HttpServletResponse response, AuthenticationException problem)
            throws IOException {
        if (!throttle.admits("address:" + request.getRemoteAddr())) {
            refuse(response, Refusal.TOO_MANY);
        } else if (problem instanceof Callers.IssuerUnavailable) {
            refuse(response, Refusal.ISSUER_UNAVAILABLE);
        } else {
            response.setHeader("WWW-Authenticate", "Bearer");
            refuse(response, Refusal.UNAUTHENTICATED);
        }
    }

    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response, AccessDeniedException problem)
            throws IOException {
        refuse(response, Refusal.FORBIDDEN);
    }

    private Counter refused(Refusal refusal) {
        return Counter.builder("stt_requests_refused_total")
                .tag("reason", refusal.name())
                .description("Requests that were not answered")
                .register(metrics);
    }

    private void refuse(HttpServletResponse response, Refusal refusal) throws IOException {
        refused(refusal).increment();
        if (refusal.status == 429 || refusal.status == 503) {
            response.setHeader("Retry-After", Long.toString(Throttle.retryAfterSeconds()));
        }
        response.setStatus(refusal.status);
        response.setContentType("application/problem+json");
        response.getOutputStream()
                .write("{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d}"
                        .formatted(refusal.title, refusal.status)
                        .getBytes(StandardCharsets.UTF_8));
    }
}
