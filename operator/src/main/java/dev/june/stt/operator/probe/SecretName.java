package dev.june.stt.operator.probe;

/** A Secret that a pipeline refers to, in the pipeline's namespace. */
public record SecretName(String namespace, String name) {
    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
