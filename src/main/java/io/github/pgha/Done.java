package io.github.pgha;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.ResourceTransformation;
import io.github.pgha.host.HostCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether the engine did what a run asked for. In one that is limited by {@code --target} or {@code --exclude} it answers for
 * the rest with what the state had, as if that were what was asked for.
 */
final class Done {
    private final List<ResourceTransformation.Args> declared = new ArrayList<>();

    /** Options of a component whose commands, and those of all that it consists of, are watched. */
    ComponentResourceOptions watched(ComponentResourceOptions options) {
        return ComponentResourceOptions.merge(options,
                ComponentResourceOptions.builder().resourceTransformations(List.of(this::watch)).build());
    }

    private Optional<ResourceTransformation.Result> watch(ResourceTransformation.Args resource) {
        declared.add(resource);
        return Optional.empty();
    }

    /** Whether all scripts that were declared so far have run. */
    Output<Boolean> all() {
        return Output.all(declared.stream().map(HostCommand::done).flatMap(Optional::stream).toList())
                .applyValue(done -> !done.contains(false));
    }
}
