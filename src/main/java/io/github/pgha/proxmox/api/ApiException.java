package io.github.pgha.proxmox.api;

import java.io.IOException;

/** A call of the Proxmox VE API that didn't succeed. Its message has no secret and no stack trace of another program. */
public final class ApiException extends IOException {
    private static final long serialVersionUID = 1;

    /** What went wrong, as far as it matters to whoever called. */
    public enum Kind {
        /** Nobody answered in time, or the connection failed. */
        NO_ANSWER,
        /** The API's certificate isn't trusted, or isn't for this name. */
        NOT_TRUSTED,
        /** 401: the token isn't known, or was taken away. */
        NOT_AUTHENTICATED,
        /** 403: the token lacks a privilege. */
        FORBIDDEN,
        /** 400: a parameter was refused, such as a number that is taken. */
        REFUSED,
        /** 595 or 596: the node that was asked for doesn't answer the one that was asked. */
        NODE_SILENT,
        /** Any other answer than success. */
        FAILED
    }

    private final Kind kind;
    private final int status;

    ApiException(Kind kind, int status, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.status = status;
    }

    static ApiException of(int status, String message) {
        Kind kind = switch (status) {
            case 400 -> Kind.REFUSED;
            case 401 -> Kind.NOT_AUTHENTICATED;
            case 403 -> Kind.FORBIDDEN;
            case 595, 596 -> Kind.NODE_SILENT;
            default -> Kind.FAILED;
        };
        return new ApiException(kind, status, message, null);
    }

    /** What went wrong. */
    public Kind kind() {
        return kind;
    }

    /** The HTTP status; 0 if there was no answer. */
    public int status() {
        return status;
    }
}
