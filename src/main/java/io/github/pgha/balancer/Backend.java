package io.github.pgha.balancer;

/**
 * A PostgreSQL host behind the balancers.
 *
 * @param name    its name
 * @param address its IPv4 address; PostgreSQL on 5432, Patroni's REST server on 8008
 * @param connections PostgreSQL's {@code max_connections} there
 */
public record Backend(String name, String address, int connections) {}
