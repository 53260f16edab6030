package dev.june.stt.worker.recognition.whisper;

/**
 * A model, or the library that runs it, cannot be used. Trying again changes nothing until somebody mends it, except {@link
 * ModelDownloadFailed}. {@link #reason} is a fixed name, fit for a condition; the message is for people.
 */
public abstract sealed class ModelException extends RuntimeException {
    private ModelException(String message) {
        super(message);
    }

    private ModelException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Such as {@code ModelNotFound}. */
    public final String reason() {
        return getClass().getSimpleName();
    }

    /** There is no such file, or no model of that name. */
    public static final class ModelNotFound extends ModelException {
        public ModelNotFound(String message) {
            super(message);
        }
    }

    /** The file is not the one that was asked for. */
    public static final class ModelDigestMismatch extends ModelException {
        public ModelDigestMismatch(String message) {
            super(message);
        }
    }

    /** The file ends too early. */
    public static final class ModelTruncated extends ModelException {
        public ModelTruncated(String message) {
            super(message);
        }
    }

    /** The file is no Whisper model, or the library refuses it. */
    public static final class ModelUnreadable extends ModelException {
        public ModelUnreadable(String message) {
            super(message);
        }

        public ModelUnreadable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** There is not enough memory for it beside what is loaded. */
    public static final class ModelTooLarge extends ModelException {
        public ModelTooLarge(String message) {
            super(message);
        }
    }

    /** It could not be fetched, also not on the last try. */
    public static final class ModelDownloadFailed extends ModelException {
        public ModelDownloadFailed(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The native library is missing, does not fit this machine, or is of a version whose structs are not known. */
    public static final class LibraryRefused extends ModelException {
        public LibraryRefused(String message) {
            super(message);
        }

        public LibraryRefused(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
