/** Patroni and PostgreSQL: one primary, the rest streaming standbys. */
package io.github.pgha.patroni;
