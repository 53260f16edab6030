package dev.june.stt.worker.recognition.whisper;

import dev.june.stt.config.Model;
import dev.june.stt.worker.recognition.whisper.ModelException.ModelDigestMismatch;
import dev.june.stt.worker.recognition.whisper.ModelException.ModelNotFound;
import dev.june.stt.worker.recognition.whisper.ModelException.ModelUnreadable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the file of a model. Models that come with the image lie in one folder as {@code ggml-<name>-<quantization>.bin}; those on a
 * volume or in an image of one's own are named by path; those on the web are fetched once into a cache, which may outlive the process.
 * A digest that is given is always checked. Blocking; any thread. Workers may share a cache folder: one of them fetches a model, the
 * others wait for it.
 */
public final class ModelStore {
    private static final int SHOWN_DIGITS = 12;

    private final Folders folders;
    private final ModelDownload download;

    /**
     * Where models lie.
     *
     * @param builtin the models that come with the image
     * @param volume where the claim of source {@code pvc} is mounted
     * @param cache for what is fetched; made when it is needed
     */
    public record Folders(Path builtin, Path volume, Path cache) {}

    public ModelStore(Folders folders) {
        this(folders, ModelDownload.overHttp());
    }

    ModelStore(Folders folders, ModelDownload download) {
        this.folders = folders;
        this.download = download;
    }

    /**
     * The file of a model, ready to be loaded. May take long, if it has to be fetched.
     *
     * @throws ModelException if there is none, or not the right one; each kind has its reason
     */
    public Path resolve(Model model) {
        return switch (model.source()) {
            case BUILTIN -> checked(model, builtin(model));
            case PVC -> checked(model, existing(model, inVolume(required(model, "path", model.path()))));
            case IMAGE -> checked(model, existing(model, Path.of(required(model, "path", model.path()))));
            case HTTPS -> fetched(model);
        };
    }

    private Path builtin(Model model) {
        String name = "ggml-" + model.name() + "-" + model.quantization() + ".bin";
        Path file = folders.builtin().resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new ModelNotFound("model " + model.name() + ": the image has no " + name
                    + "; take one that it has (" + String.join(", ", builtinNames())
                    + "), or give another source");
        }
        return file;
    }

    private List<String> builtinNames() {
        try (Stream<Path> files = Files.list(folders.builtin())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("ggml-") && name.endsWith(".bin"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** With or without a slash at the beginning it is the path inside the volume. */
    private Path inVolume(String path) {
        return folders.volume().resolve(path.replaceFirst("^/+", ""));
    }

    private static Path existing(Model model, Path file) {
        if (!Files.isRegularFile(file)) {
            throw new ModelNotFound("model " + model.name() + ": there is no file " + file);
        }
        return file;
    }

    private static Path checked(Model model, Path file) {
        @Nullable String sha256 = model.sha256();
        if (sha256 != null) {
            requireDigest(model, sha256, file);
        }
        return file;
    }

    /** The digest is the name in the cache, so another file under the same address is another file here. */
    private Path fetched(Model model) {
        String sha256 = required(model, "sha256", model.sha256());
        URI address = URI.create(required(model, "url", model.url()));
        Path file = folders.cache().resolve(sha256 + ".bin");
        try {
            if (isThere(file, sha256)) {
                return file;
            }
            Files.createDirectories(folders.cache());
            synchronized (this) { // a process holds a file's lock once
                try (FileChannel channel = FileChannel.open(
                                folders.cache().resolve(sha256 + ".lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                        FileLock _ = channel.lock()) {
                    return isThere(file, sha256) ? file : fetch(model, sha256, address, file);
                }
            }
        } catch (IOException e) {
            throw new ModelUnreadable(
                    "model " + model.name() + ": the cache " + folders.cache() + " cannot be used: " + e, e);
        }
    }

    private static boolean isThere(Path file, String sha256) {
        return Files.isRegularFile(file) && digest(file).equals(sha256);
    }

    private Path fetch(Model model, String sha256, URI address, Path file) throws IOException {
        Path partial = folders.cache().resolve(sha256 + ".part");
        download.fetch(address, partial);
        requireFetchedDigest(model, sha256, partial);
        return Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** What was fetched wrong is no good as a beginning either. */
    private static void requireFetchedDigest(Model model, String sha256, Path partial) throws IOException {
        try {
            requireDigest(model, sha256, partial);
        } catch (ModelDigestMismatch e) {
            Files.deleteIfExists(partial);
            throw e;
        }
    }

    private static void requireDigest(Model model, String expected, Path file) {
        String actual = digest(file);
        if (!actual.equals(expected)) {
            throw new ModelDigestMismatch("model " + model.name() + ": sha256 of " + file.getFileName() + ": expected "
                    + shown(expected) + ", got " + shown(actual));
        }
    }

    private static String shown(String digest) {
        return digest.substring(0, Math.min(SHOWN_DIGITS, digest.length())) + "…";
    }

    private static String digest(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            in.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new ModelUnreadable("model: " + file + " cannot be read: " + e.getMessage(), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static String required(Model model, String field, @Nullable String value) {
        return Objects.requireNonNull(
                value, () -> "model." + field + ": source " + model.source() + " needs it (validated by the schema)");
    }
}
