"""The statements by which a role gets what another one owns, was granted and has set. A part of the program roles.

They are for one database, and for what all databases share. The former role keeps what it was granted, and may do what the
new one may, so its sessions go on.
"""
import re

# PostgreSQL keeps their values as lists whose parts may be quoted.
LISTS = {"local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries", "temp_tablespaces",
         "unix_socket_directories"}
ATTRIBUTES = {"rolcreatedb": "CREATEDB", "rolcreaterole": "CREATEROLE", "rolbypassrls": "BYPASSRLS",
              "rolreplication": "REPLICATION"}
# By the type that pg_identify_object says; all others are named as it says.
KINDS = {"view": "TABLE", "materialized view": "TABLE", "foreign table": "TABLE", "composite type": "TYPE",
         "domain": "TYPE", "function": "ROUTINE", "procedure": "ROUTINE", "aggregate": "ROUTINE", "server": "FOREIGN SERVER",
         "foreign-data wrapper": "FOREIGN DATA WRAPPER", "parameter ACL": "PARAMETER"}
DEFAULTS = {"r": "TABLES", "S": "SEQUENCES", "f": "ROUTINES", "T": "TYPES", "n": "SCHEMAS", "L": "LARGE OBJECTS"}

HAS = """
WITH former AS (SELECT oid, rolname FROM pg_roles WHERE rolname = %(former)s)
SELECT json_build_object(
  'role', (SELECT to_jsonb(r) FROM pg_roles r JOIN former f ON f.oid = r.oid),
  'groups', (SELECT coalesce(json_agg(json_build_array(g.rolname, a.admin_option, a.inherit_option, a.set_option)
      ORDER BY g.rolname), '[]')
    FROM pg_auth_members a JOIN former f ON f.oid = a.member JOIN pg_roles g ON g.oid = a.roleid WHERE NOT g.rolsuper),
  'settings', (SELECT coalesce(json_agg(json_build_array(d.datname, s.setconfig) ORDER BY d.datname), '[]')
    FROM pg_db_role_setting s JOIN former f ON f.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase),
  'grants', (SELECT coalesce(json_agg(json_build_array(kind, thing, part, privilege, grantable)
      ORDER BY kind, thing, part, privilege), '[]') FROM (
    SELECT i.type AS kind, i.identity AS thing, c.name AS part, x.privilege_type AS privilege,
      bool_or(x.is_grantable) AS grantable
    FROM pg_shdepend d JOIN former f ON f.oid = d.refobjid AND d.refclassid = 'pg_authid'::regclass
      CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) i
      CROSS JOIN LATERAL (SELECT (SELECT quote_ident(attname) FROM pg_attribute
        WHERE d.classid = 'pg_class'::regclass AND d.objsubid > 0 AND attrelid = d.objid AND attnum = d.objsubid)) c (name)
      CROSS JOIN LATERAL aclexplode(CASE d.classid
        WHEN 'pg_class'::regclass THEN CASE WHEN d.objsubid > 0
          THEN (SELECT attacl FROM pg_attribute WHERE attrelid = d.objid AND attnum = d.objsubid)
          ELSE (SELECT relacl FROM pg_class WHERE oid = d.objid) END
        WHEN 'pg_proc'::regclass THEN (SELECT proacl FROM pg_proc WHERE oid = d.objid)
        WHEN 'pg_namespace'::regclass THEN (SELECT nspacl FROM pg_namespace WHERE oid = d.objid)
        WHEN 'pg_type'::regclass THEN (SELECT typacl FROM pg_type WHERE oid = d.objid)
        WHEN 'pg_language'::regclass THEN (SELECT lanacl FROM pg_language WHERE oid = d.objid)
        WHEN 'pg_largeobject'::regclass THEN (SELECT lomacl FROM pg_largeobject_metadata WHERE oid = d.objid)
        WHEN 'pg_foreign_data_wrapper'::regclass THEN (SELECT fdwacl FROM pg_foreign_data_wrapper WHERE oid = d.objid)
        WHEN 'pg_foreign_server'::regclass THEN (SELECT srvacl FROM pg_foreign_server WHERE oid = d.objid)
        WHEN 'pg_database'::regclass THEN (SELECT datacl FROM pg_database WHERE oid = d.objid)
        WHEN 'pg_tablespace'::regclass THEN (SELECT spcacl FROM pg_tablespace WHERE oid = d.objid)
        WHEN 'pg_parameter_acl'::regclass THEN (SELECT paracl FROM pg_parameter_acl WHERE oid = d.objid)
      END) x
    WHERE d.deptype = 'a' AND x.grantee = f.oid
      AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    GROUP BY i.type, i.identity, c.name, x.privilege_type) g),
  'defaults', (SELECT coalesce(json_agg(json_build_array(r.rolname, n.nspname, d.defaclobjtype, g.rolname, x.privilege_type,
      x.is_grantable) ORDER BY r.rolname, n.nspname, d.defaclobjtype, g.rolname, x.privilege_type), '[]')
    FROM pg_default_acl d JOIN pg_roles r ON r.oid = d.defaclrole LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
      CROSS JOIN LATERAL aclexplode(d.defaclacl) x LEFT JOIN pg_roles g ON g.oid = x.grantee
    WHERE r.rolname = %(former)s OR g.rolname = %(former)s),
  'policies', (SELECT coalesce(json_agg(json_build_array(i.identity, p.polname,
      (SELECT json_agg(r.rolname ORDER BY r.rolname) FROM pg_roles r WHERE r.oid = ANY (p.polroles))) ORDER BY p.polname), '[]')
    FROM pg_policy p JOIN former f ON f.oid = ANY (p.polroles)
      CROSS JOIN LATERAL pg_identify_object('pg_class'::regclass, p.polrelid, 0) i),
  'mappings', (SELECT coalesce(json_agg(json_build_array(s.srvname, um.umoptions) ORDER BY s.srvname), '[]')
    FROM pg_user_mapping um JOIN former f ON f.oid = um.umuser JOIN pg_foreign_server s ON s.oid = um.umserver))
"""


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return ("E" if "\\" in text else "") + "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def value(name, text):
    """A setting's value as SET takes it."""
    if name.lower() not in LISTS:
        return literal(text)
    parts = [quotes.replace('""', '"') if quotes or not plain else plain
             for quotes, plain in re.findall(r'"((?:[^"]|"")*)"|([^",\s]+)', text)]
    return ", ".join(literal(part) for part in parts) or "''"


def granted(privilege, kind, thing, owner, grantable, column=None):
    columns = f" ({column})" if column else ""
    return (f"GRANT {privilege}{columns} ON {kind} {thing} TO {quoted(owner)}"
            + (" WITH GRANT OPTION" if grantable else ""))


def defaults(entries, former, owner):
    """What objects that somebody makes are granted: the former role's own become the new one's, too."""
    cleared = set()
    for maker, schema, kind, grantee, privilege, grantable in entries:
        where = f" IN SCHEMA {quoted(schema)}" if schema else ""
        head = f"ALTER DEFAULT PRIVILEGES FOR ROLE {quoted(owner if maker == former else maker)}{where}"
        # Without a schema they stand in place of PostgreSQL's own, some of which are for all.
        if maker == former and not schema and kind not in cleared:
            cleared.add(kind)
            yield f"{head} REVOKE ALL ON {DEFAULTS[kind]} FROM PUBLIC"
        whom = "PUBLIC" if grantee is None else quoted(owner if grantee == former else grantee)
        yield f"{head} GRANT {privilege} ON {DEFAULTS[kind]} TO {whom}" + (" WITH GRANT OPTION" if grantable else "")


def statements(has, former, owner):
    """What `HAS` found, as statements for a session of the superuser in the database."""
    role, name, was = has["role"], quoted(owner), quoted(former)
    yield f"REASSIGN OWNED BY {was} TO {name}"
    yield f"REVOKE {was} FROM {name}"
    # What lets a role become the superuser isn't taken along.
    for column, attribute in ATTRIBUTES.items():
        if role[column]:
            yield f"ALTER ROLE {name} {attribute}"
    if role["rolconnlimit"] > 0:
        yield f"ALTER ROLE {name} CONNECTION LIMIT {role['rolconnlimit']}"
    if not role["rolinherit"]:
        yield f"ALTER ROLE {name} NOINHERIT"
    for group, admin, inherit, becomes in has["groups"]:
        if group != owner:
            yield (f"GRANT {quoted(group)} TO {name} WITH ADMIN {str(admin).upper()}, INHERIT {str(inherit).upper()}, "
                   f"SET {str(becomes).upper()}")
    for where, settings in has["settings"]:
        for setting in settings:
            key, _, text = setting.partition("=")
            yield (f"ALTER ROLE {name}" + (f" IN DATABASE {quoted(where)}" if where else "")
                   + " SET " + ".".join(quoted(part) for part in key.split(".")) + f" TO {value(key, text)}")
    for kind, thing, column, privilege, grantable in has["grants"]:
        yield granted(privilege, KINDS.get(kind, kind.upper()), thing, owner, grantable, column)
    yield from defaults(has["defaults"], former, owner)
    for table, policy, roles in has["policies"]:
        everyone = sorted({*roles, owner})
        yield f"ALTER POLICY {quoted(policy)} ON {table} TO " + ", ".join(quoted(one) for one in everyone)
    for server, options in has["mappings"]:
        pairs = [option.partition("=") for option in options or []]
        given = ", ".join(f"{quoted(key)} {literal(text)}" for key, _, text in pairs)
        yield f"CREATE USER MAPPING IF NOT EXISTS FOR {name} SERVER {quoted(server)}" + (f" OPTIONS ({given})" if given else "")
    yield f"GRANT {name} TO {was}"
