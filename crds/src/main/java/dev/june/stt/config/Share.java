package dev.june.stt.config;

/**
 * What a variant gets of the new rooms: its weight, or what the operator made of it after a comparison.
 *
 * @param weight percent; what is left of 100 over all shares goes to the pipeline itself
 * @param since generation at which the variant took its present form: what was heard under an earlier one is not compared
 */
public record Share(String variant, int weight, long since) {}
