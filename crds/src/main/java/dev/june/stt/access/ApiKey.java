package dev.june.stt.access;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key as its holder shows it: {@code june_}, an id that finds its record, and 256 random bits. Only a keyed hash of it is stored: who reads
 * the records without the pepper can neither use nor test them, and 256 bits need no slow hash.
 *
 * @param id twelve lower-case letters and digits; not secret, it may stand in logs
 */
public record ApiKey(String id, String secret) {
    /** What every key begins with, so that scanners find leaked ones. */
    public static final String PREFIX = "june_";

    /** Bytes of a pepper at the least. */
    public static final int PEPPER_BYTES = 32;

    static final Pattern ID = Pattern.compile("[a-z0-9]{12}");

    private static final Pattern TOKEN = Pattern.compile(PREFIX + "([a-z0-9]{12})_([A-Za-z0-9_-]{43})");
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
    private static final int ID_LENGTH = 12;
    private static final int SECRET_BYTES = 32;

    /** Reads what a caller shows; empty if it is no key. */
    public static Optional<ApiKey> parse(String token) {
        Matcher matcher = TOKEN.matcher(token);
        return matcher.matches() ? Optional.of(new ApiKey(matcher.group(1), matcher.group(2))) : Optional.empty();
    }

    public static ApiKey random(SecureRandom random) {
        StringBuilder id = new StringBuilder();
        for (int i = 0; i < ID_LENGTH; i++) {
            id.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        return new ApiKey(id.toString(), Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
    }

    /** The whole key. */
    public String token() {
        return PREFIX + id + "_" + secret;
    }

    /** What is stored of it: HMAC-SHA256 under the pepper. */
    public byte[] hash(byte[] pepper) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(pepper, "HmacSHA256"));
            return mac.doFinal(token().getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }

    /** Never the secret. */
    @Override
    public String toString() {
        return PREFIX + id + "_…";
    }
}
