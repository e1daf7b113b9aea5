package io.github.pgha.drills.fault;

import io.github.pgha.drills.stack.Host;

/** Who had which role when a fault began. */
public record Roles(Host leader, Host vipHolder, Host etcdLeader) {}
