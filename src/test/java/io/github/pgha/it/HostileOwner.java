package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The owner of the application's database, who sets traps in it for whoever comes with more rights than he has: functions and
 * operators that are found before the server's own, and settings that sessions begin with.
 */
final class HostileOwner {
    private static final String TRAPS = """
            CREATE SCHEMA trap;
            GRANT ALL ON SCHEMA trap TO PUBLIC;
            CREATE TABLE trap.caught (who text);
            GRANT ALL ON trap.caught TO PUBLIC;
            CREATE FUNCTION trap.spring() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
              IF session_user OPERATOR(pg_catalog.<>) 'app' THEN INSERT INTO trap.caught VALUES (session_user); END IF;
            END $$;
            DO $$ DECLARE
              f text;
              t text;
            BEGIN
              FOREACH f IN ARRAY ARRAY['format(text, text)', 'format(text, name)', 'format(text, text, text)',
                'format(text, name, text)', 'format(text, name, name)', 'quote_ident(text)', 'quote_literal(text)',
                'current_setting(text)', 'current_setting(text, boolean)', 'lower(text)', 'md5(text)'] LOOP
                EXECUTE pg_catalog.format('CREATE FUNCTION trap.%s RETURNS text LANGUAGE plpgsql AS
                  ''BEGIN PERFORM trap.spring(); RETURN ''''ALTER ROLE app SUPERUSER''''; END''', f);
              END LOOP;
              FOREACH t IN ARRAY ARRAY['name', 'text', 'oid', '"char"', 'boolean', 'integer', 'bigint'] LOOP
                EXECUTE pg_catalog.format('CREATE FUNCTION trap.same(%1$s, %1$s) RETURNS boolean LANGUAGE plpgsql AS
                  ''BEGIN PERFORM trap.spring(); RETURN $1 OPERATOR(pg_catalog.=) $2; END''', t);
                EXECUTE pg_catalog.format('CREATE OPERATOR trap.= (LEFTARG = %1$s, RIGHTARG = %1$s, FUNCTION = trap.same)', t);
              END LOOP;
            END $$;
            ALTER DATABASE app SET search_path = trap, pg_catalog;
            ALTER DATABASE app SET role = app;
            ALTER DATABASE app SET row_security = off;
            ALTER DATABASE app SET lock_timeout = '1ms';
            ALTER DATABASE app SET idle_in_transaction_session_timeout = '1ms';
            ALTER DATABASE app SET default_transaction_read_only = on;
            """;

    private HostileOwner() {}

    static void settleIn() {
        Lab.sql("primary", TRAPS).ok();
    }

    static void gotNothing() {
        assertThat(Lab.sql("primary", "SELECT DISTINCT who FROM trap.caught").ok().out()).isEmpty();
        assertThat(Lab.sql("primary", "SELECT rolname FROM pg_catalog.pg_roles WHERE pg_has_role('app', oid, 'MEMBER') "
                + "AND (rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls)").ok().out()).isEmpty();
    }

    static void leave() {
        Lab.sql("primary", "SET default_transaction_read_only = off; ALTER DATABASE app RESET ALL").ok();
        Lab.sql("primary", "DROP SCHEMA trap CASCADE").ok();
    }
}
