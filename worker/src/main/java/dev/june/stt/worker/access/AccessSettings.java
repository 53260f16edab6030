package dev.june.stt.worker.access;

import dev.june.stt.config.Access;
import dev.june.stt.config.Limits;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * What decides about access, asked anew for each request.
 *
 * @param keys folder that the Secret with the API key records is mounted in
 */
public record AccessSettings(Supplier<Access> access, Supplier<Limits> limits, Path keys) {}
