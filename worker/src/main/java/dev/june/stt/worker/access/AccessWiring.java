package dev.june.stt.worker.access;

import dev.june.stt.access.Scope;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.DispatcherType;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.CorsConfigurationSource;

/** The one place that says which endpoint needs what. What stands nowhere here is closed. */
@Configuration(proxyBeanMethods = false)
public class AccessWiring {
    private static final String DEAD_LETTERS = "/v1/deadletters";

    /** The cluster looks at these without a key: probes and the scraper of metrics. */
    @Bean
    @Order(1)
    SecurityFilterChain open(HttpSecurity http) {
        return plain(http.securityMatcher("/health", "/health/**", "/metrics"))
                .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                .build();
    }

    @Bean
    @Order(2)
    SecurityFilterChain closed(HttpSecurity http, AccessSettings settings, Callers callers, Refusals refusals) {
        return plain(http)
                .cors(cors -> cors.configurationSource(origins(settings)))
                .oauth2ResourceServer(server -> server.authenticationManagerResolver(_ -> callers)
                        .authenticationEntryPoint(refusals)
                        .accessDeniedHandler(refusals))
                .exceptionHandling(
                        failures -> failures.authenticationEntryPoint(refusals).accessDeniedHandler(refusals))
                .addFilterAfter(refusals, BearerTokenAuthenticationFilter.class)
                .authorizeHttpRequests(requests -> requests.dispatcherTypeMatchers(DispatcherType.ERROR)
                        .permitAll()
                        .requestMatchers(HttpMethod.GET, DEAD_LETTERS + "/*/audio")
                        .hasAuthority(Scope.DEAD_LETTERS_AUDIO.text())
                        .requestMatchers(HttpMethod.GET, DEAD_LETTERS, DEAD_LETTERS + "/*")
                        .hasAuthority(Scope.DEAD_LETTERS_READ.text())
                        .requestMatchers(HttpMethod.POST, DEAD_LETTERS + "/replay", DEAD_LETTERS + "/*/replay")
                        .hasAuthority(Scope.DEAD_LETTERS_REPLAY.text())
                        .requestMatchers(HttpMethod.GET, "/v1/status", "/v1/status/participants")
                        .hasAuthority(Scope.STATUS_READ.text())
                        .anyRequest()
                        .denyAll())
                .build();
    }

    @Bean
    Callers callers(AccessSettings settings, Clock clock) {
        return new Callers(settings, new ApiKeys(settings.keys(), clock), new Tokens(settings.access()));
    }

    /** In the security filters alone, not once more in the web server's. */
    @Bean
    Refusals refusals(AccessSettings settings, MeterRegistry metrics) {
        return new Refusals(settings.limits(), metrics);
    }

    /** Before everything else, also before anybody is asked who he is. */
    @Bean
    FilterRegistrationBean<BodyLimit> bodyLimit() {
        var registration = new FilterRegistrationBean<>(new BodyLimit());
        registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
        return registration;
    }

    @Bean
    FilterRegistrationBean<Refusals> refusalsInSecurityAlone(Refusals refusals) {
        var registration = new FilterRegistrationBean<>(refusals);
        registration.setEnabled(false);
        return registration;
    }

    /** No cookies are read, so there is nothing that another site could abuse. */
    private static HttpSecurity plain(HttpSecurity http) {
        return http.csrf(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS));
    }

    private static CorsConfigurationSource origins(AccessSettings settings) {
        return _ -> {
            CorsConfiguration cors = new CorsConfiguration();
            cors.setAllowedOrigins(settings.access().get().allowedOrigins());
            cors.setAllowedMethods(List.of("GET", "POST"));
            cors.setAllowedHeaders(List.of("Authorization", "Content-Type"));
            cors.setMaxAge(Duration.ofMinutes(10));
            return cors;
        };
    }
}
