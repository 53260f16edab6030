package dev.june.stt.operator.rollout;

/**
 * A pod template or a configuration document.
 *
 * @param id the same for what would come out the same; another try of the same content has another one
 * @param content as it is applied
 */
public record Candidate(String id, String content) {}
