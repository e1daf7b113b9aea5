/** What inputs must be like: a collector of broken rules, and the checks that more than one part needs. */
package io.github.pgha.rules;
