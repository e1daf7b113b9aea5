package io.github.pgha.drills.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.pgha.drills.stack.Host;
import java.util.ArrayList;
import java.util.List;

/** Who has the virtual address, and who answers for it on the network: that should be the same host. */
final class VirtualAddress {
    private final List<Answer> balancers;

    VirtualAddress(List<Answer> answers) {
        balancers = answers.stream().filter(answer -> answer.host().roles().contains(Host.BALANCER)).toList();
    }

    /** Those that have it. */
    List<Answer> holders() {
        return balancers.stream().filter(answer -> answer.status("vip").asBoolean()).toList();
    }

    /** Whether all balancers tell. */
    boolean told() {
        return balancers.stream().allMatch(answer -> answer.report().isPresent());
    }

    /** A sentence for each balancer that hears another host answer than the one that has it. */
    List<String> faults() {
        List<String> faults = new ArrayList<>();
        if (holders().size() != 1) {
            return faults;
        }
        Answer holder = holders().get(0);
        for (Answer asked : balancers) {
            JsonNode heard = asked.status("vip_answers");
            if (asked != holder && !heard.isEmpty() && heard.valueStream().noneMatch(holder.status("card")::equals)) {
                faults.add("the network of " + asked.host() + " sends to " + name(heard.path(0)) + " what is for the virtual "
                        + "address, and " + holder.host() + " has it");
            }
        }
        return faults;
    }

    private String name(JsonNode card) {
        return balancers.stream().filter(answer -> answer.status("card").equals(card)).map(answer -> answer.host().name())
                .findFirst().orElse(card.asText());
    }
}
