/** Fencing: a leader that has fallen silent is powered off, so that a standby needn't wait for its lock to run out. */
package io.github.pgha.fencing;
