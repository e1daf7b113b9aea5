package io.github.pgha.sandbox.api;

import java.util.Map;

/** An answer other than success, in the words and with the status that Proxmox VE uses. */
public final class ApiException extends RuntimeException {
    private final int status;
    private final transient Map<String, String> errors;

    private ApiException(int status, String message, Map<String, String> errors) {
        super(message);
        this.status = status;
        this.errors = Map.copyOf(errors);
    }

    /** 500: the call is right but can't be carried out (no such VM, it runs already, ...). */
    public static ApiException failed(String message) {
        return new ApiException(500, message, Map.of());
    }

    /** 400: a parameter is missing, unknown or malformed. */
    public static ApiException badParameter(String name, String problem) {
        return badParameters(Map.of(name, problem));
    }

    /** 400: several parameters are wrong; name to problem. */
    public static ApiException badParameters(Map<String, String> errors) {
        return new ApiException(400, "Parameter verification failed.", errors);
    }

    /** 401: who is calling isn't known. */
    public static ApiException unauthorized(String message) {
        return new ApiException(401, message, Map.of());
    }

    /** 403: the caller is known but may not do this; what lacks, such as "/vms/100, VM.Audit", or nothing. */
    public static ApiException forbidden(String lack) {
        return new ApiException(403, "Permission check failed" + (lack.isEmpty() ? "" : " (" + lack + ")"), Map.of());
    }

    /** 595: the node that would have to answer can't be reached by the one that was asked; what its kernel says of it. */
    public static ApiException unreachable(String reason) {
        return new ApiException(595, reason, Map.of());
    }

    /** 501: a call that the sandbox doesn't answer. */
    public static ApiException notImplemented(String method, String path) {
        return new ApiException(501, "Method '" + method + " " + path + "' not implemented", Map.of());
    }

    public int status() {
        return status;
    }

    /** Parameter name to problem; empty unless this is a 400. */
    public Map<String, String> errors() {
        return errors;
    }
}
