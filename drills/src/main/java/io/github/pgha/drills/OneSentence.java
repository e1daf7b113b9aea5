package io.github.pgha.drills;

import java.io.IOException;
import picocli.CommandLine;

/** A command line whose errors of input are one sentence each, without a stack trace. */
final class OneSentence {
    private OneSentence() {}

    /**
     * Makes it of a command.
     *
     * @param command an object with picocli's annotations
     * @param name    what a sentence begins with
     * @param refused exit code of bad input
     */
    static CommandLine of(Object command, String name, int refused) {
        return new CommandLine(command)
                .setParameterExceptionHandler((error, args) -> {
                    error.getCommandLine().getErr().println(name + ": " + error.getMessage() + " (see --help)");
                    return refused;
                })
                .setExecutionExceptionHandler((error, failed, result) -> {
                    if (error instanceof IllegalArgumentException || error instanceof IOException) {
                        failed.getErr().println(name + ": " + error.getMessage());
                        return refused;
                    }
                    throw error;
                });
    }
}
