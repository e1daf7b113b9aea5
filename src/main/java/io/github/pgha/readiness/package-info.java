/** Whether a cluster that runs is in a state in which an {@code up} can end well, looked at before it changes anything. */
package io.github.pgha.readiness;
