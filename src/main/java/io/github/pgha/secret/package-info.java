/** Generated secrets. They live in the stack's state, encrypted, and stay what they were first. */
package io.github.pgha.secret;
