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
              IF session_user OPERATOR(pg_catalog.<>) '@OWNER' THEN INSERT INTO trap.caught VALUES (session_user); END IF;
            END $$;
            DO $$ DECLARE
              f text;
              t text;
            BEGIN
              FOREACH f IN ARRAY ARRAY['format(text, text)', 'format(text, name)', 'format(text, text, text)',
                'format(text, name, text)', 'format(text, name, name)', 'quote_ident(text)', 'quote_literal(text)',
                'current_setting(text)', 'current_setting(text, boolean)', 'lower(text)', 'md5(text)'] LOOP
                EXECUTE pg_catalog.format('CREATE FUNCTION trap.%s RETURNS text LANGUAGE plpgsql AS
                  ''BEGIN PERFORM trap.spring(); RETURN ''''ALTER ROLE @OWNER SUPERUSER''''; END''', f);
              END LOOP;
              FOREACH t IN ARRAY ARRAY['name', 'text', 'oid', '"char"', 'boolean', 'integer', 'bigint'] LOOP
                EXECUTE pg_catalog.format('CREATE FUNCTION trap.same(%1$s, %1$s) RETURNS boolean LANGUAGE plpgsql AS
                  ''BEGIN PERFORM trap.spring(); RETURN $1 OPERATOR(pg_catalog.=) $2; END''', t);
                EXECUTE pg_catalog.format('CREATE OPERATOR trap.= (LEFTARG = %1$s, RIGHTARG = %1$s, FUNCTION = trap.same)', t);
              END LOOP;
            END $$;
            ALTER DATABASE @DATA SET search_path = trap, pg_catalog;
            ALTER DATABASE @DATA SET role = @OWNER;
            ALTER DATABASE @DATA SET row_security = off;
            ALTER DATABASE @DATA SET lock_timeout = '1ms';
            ALTER DATABASE @DATA SET idle_in_transaction_session_timeout = '1ms';
            ALTER DATABASE @DATA SET default_transaction_read_only = on;
            """;

    private HostileOwner() {}

    /** The same of another owner and database, for a session of theirs. */
    static String traps(String owner, String database) {
        return TRAPS.replace("@OWNER", owner).replace("@DATA", database);
    }

    static void settleIn() {
        Lab.sql("primary", traps("app", "app")).ok();
    }

    static void gotNothing() {
        gotNothing("app");
    }

    /**
     * Nobody was caught, and nobody can do more than before.
     *
     * @param database whose owner is hostile
     * @param users    of the application, who come with no more rights than he has
     */
    static void gotNothing(String database, String... users) {
        assertThat(asked(database, "SELECT DISTINCT who FROM trap.caught").lines()).isSubsetOf(users);
        assertThat(asked(database, """
                SELECT m.rolname, r.rolname FROM pg_roles m, pg_roles r WHERE m.rolname IN ('app', 'heir', 'stranger')
                  AND pg_has_role(m.oid, r.oid, 'MEMBER')
                  AND (r.rolsuper OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls)""")).isEmpty();
    }

    /** As the superuser, in the one way that is no trap. */
    private static String asked(String database, String query) {
        return Lab.script(Trouble.leader(), "/usr/local/libexec/pgha/superuser-sql -d " + database + " <<'END'\n" + query
                + "\nEND\n").ok().out();
    }

    static void leave() {
        Lab.sql("primary", "SET default_transaction_read_only = off; ALTER DATABASE app RESET ALL").ok();
        Lab.sql("primary", "DROP SCHEMA trap CASCADE").ok();
    }
}
