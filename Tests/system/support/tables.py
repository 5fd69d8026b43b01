"""What stands in the tables, looked at past the product."""

# Kept for six years by law: ids only. The word STOP of a number outlives its person.
KEPT = {"audit_record", "audit_subject", "audit_block", "contact_consent", "migration"}


def tables(practice):
    if practice.engine.url is None:
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    else:
        query = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()"
    names = (name for (name,) in practice.rows(query))
    return sorted(name for name in names if not name.startswith(("sqlite_", "term_index")))


def everything(practice):
    """Every value of every table; lists as tuples."""
    def plain(line):
        return tuple(tuple(value) if isinstance(value, list) else value for value in line)

    return {table: [plain(line) for line in practice.rows(f'SELECT * FROM "{table}"')] for table in tables(practice)}


def holding(rows, values):
    """The tables in which any of these values stands."""
    return {table for table, lines in rows.items() for line in lines if values & set(line)} - KEPT


def traces(rows, owned):
    """The hashes and search terms that stand in the rows which name one of the ids, and nowhere else."""
    mine, others = set(), set()
    for table, lines in rows.items():
        for line in lines:
            values = {value for value in line if isinstance(value, bytes) and len(value) >= 8}
            (mine if owned & {value for value in line if isinstance(value, int)} else others).update(values)
    return mine - others


def id_of(text):
    """An id as the tables hold it: Crockford's base 32."""
    value = 0
    for letter in text:
        value = value << 5 | "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(letter)
    return value
