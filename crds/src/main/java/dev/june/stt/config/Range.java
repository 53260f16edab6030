package dev.june.stt.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The smallest and the largest value of a number or a {@link KubeDuration}, or of each one in a list, both included. The generated schema carries it
 * (as minimum and maximum, or as a rule with a sentence), and the record's constructor enforces it through {@link Ranges}.
 */
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Range {
    String min();

    String max();
}
