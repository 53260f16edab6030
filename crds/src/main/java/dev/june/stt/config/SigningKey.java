package dev.june.stt.config;

import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A symmetric key of Standard Webhooks: {@code whsec_} and the Base64 of 24 to 64 bytes. The operator checks the Secret with it, the
 * worker signs with it. It never shows itself in text.
 */
public final class SigningKey {
    /** A receiver has to look through a signature for each key, and a header must stay short. */
    public static final int MAX_KEYS = 8;

    private static final String PREFIX = "whsec_";
    private static final int MIN_BYTES = 24;
    private static final int MAX_BYTES = 64;
    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;

    private SigningKey(byte[] bytes) {
        this.key = new SecretKeySpec(bytes, ALGORITHM);
    }

    /**
     * @param text as it stands in the Secret; space around it is ignored
     * @throws IllegalArgumentException that says what is wrong, without the key
     */
    public static SigningKey parse(String text) {
        String stripped = text.strip();
        if (!stripped.startsWith(PREFIX)) {
            throw new IllegalArgumentException(
                    "expected " + PREFIX + " and Base64, got something that begins otherwise");
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(stripped.substring(PREFIX.length()));
        } catch (IllegalArgumentException _) { // it would show a character of the key
            throw new IllegalArgumentException("expected Base64 behind " + PREFIX + ", got other characters");
        }
        if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "expected " + MIN_BYTES + " to " + MAX_BYTES + " bytes in Base64, got " + bytes.length);
        }
        return new SigningKey(bytes);
    }

    /** HMAC-SHA256. Any thread. */
    public byte[] sign(byte[] content) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(content);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    @Override
    public String toString() {
        return "a signing key";
    }
}
