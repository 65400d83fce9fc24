/* presets FILE.yaml ... - writes the files as C: trees of struct config_node,
 * for lib/codec/presets.c. So the programs have the presets without looking for
 * a file, and a filter that starts does not parse YAML it has always known. */
#include "base/buf.h"
#include "codec/config_yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_all(FILE *f, struct buf *out)
{
	size_t n;

	do {
		n = fread(buf_reserve(out, 4096), 1, 4096, f);
		out->n += n;
	} while (n);
}

/* Octal escapes end after three digits, whatever follows. */
static void write_text(slice text)
{
	printf(".text = { \"");
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c < 0x20 || c >= 0x7f || strchr("\"\\?", c))
			printf("\\%03o", c);
		else
			putchar(c);
	}
	printf("\", %zu }", text.n);
}

static void write_node(const struct config_doc *doc, const struct config_node *n, const char *name)
{
	static const char *const kinds[] = { "CONFIG_TEXT", "CONFIG_LIST", "CONFIG_MAP" };

	printf("\t{ .kind = %s, .quoted = %d, .line = %u, .column = %u, ", kinds[n->kind],
	       n->quoted, n->line, n->column);
	if (n->kind == CONFIG_TEXT)
		write_text(n->text);
	else
		printf(".count = %u", n->count);
	if (n->count > 0) {
		printf(", .items = (const struct config_node *const[]){");
		for (uint32_t i = 0; i < n->count; i++)
			printf(" &%s[%td],", name, n->items[i] - doc->nodes);
		printf(" }");
	}
	printf(" },\n");
}

/* "share/presets/meshos.yaml" is called meshos. */
static slice name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	return (slice){ name, strcspn(name, ".") };
}

static bool write_file(const char *path, struct err *e)
{
	struct buf text = { 0 };
	struct config_doc doc;
	char name[64];
	FILE *f = fopen(path, "r");

	if (!f)
		return err_system(e, STATUS_NO_INPUT, "%s", path);
	read_all(f, &text);
	fclose(f);
	if (!config_yaml_parse(&doc, buf_slice(&text), path, true, e))
		return false;
	snprintf(name, sizeof name, "%.*s_nodes", SLICE_ARG(name_of(path)));
	printf("static const struct config_node %s[%u] = {\n", name, doc.count);
	for (uint32_t i = 0; i < doc.count; i++)
		write_node(&doc, &doc.nodes[i], name);
	printf("};\n\n");
	config_yaml_free(&doc);
	buf_free(&text);
	return true;
}

int main(int argc, char **argv)
{
	struct err e;

	for (int i = 1; i < argc; i++)
		if (!write_file(argv[i], &e)) {
			fprintf(stderr, "%s\n", e.text);
			return (int)e.status;
		}
	printf("const struct preset presets[] = {\n");
	for (int i = 1; i < argc; i++) {
		slice name = name_of(argv[i]);
		printf("\t{ \"%.*s\", %.*s_nodes },\n", SLICE_ARG(name), SLICE_ARG(name));
	}
	printf("\t{ NULL, NULL },\n};\n");
	return fclose(stdout) == 0 ? 0 : STATUS_IO;
}
