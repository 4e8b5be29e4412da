/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Looks over an object's attributes before libhdf5 does. libhdf5 1.10 takes the
 * sizes within an attribute message at their word and copies beyond the message
 * if they are wrong. Layouts are those of the HDF5 File Format Specification
 * 3.0, IV.A "Data Object Headers". */

#include "hdf5-private.h"

#include <string.h>

#define MESSAGE_ATTRIBUTE 0x0c
#define MESSAGE_CONTINUATION 0x10

/* A message that stands elsewhere, in a heap shared by many objects. */
#define MESSAGE_SHARED 0x02

/* The form of an object's info that has its address. */
#if H5_VERSION_GE(1, 12, 0)
typedef H5O_info1_t ObjectInfo;
#else
typedef H5O_info_t ObjectInfo;
#endif

/* The most pieces that an object header may be in, and bytes of one. */
#define MAX_BLOCKS 1024
#define MAX_BLOCK (16u << 20)

/* A part of the file in memory, read from its front. */
typedef struct {
  const guint8 *data;
  gsize left;
} Span;

/* One object header on its way: blocks that are still to be read. */
typedef struct {
  LstmHdf5 *file;
  guint version;
  guint flags;    /* version 2 */
  GArray *blocks; /* Block */
} Header;

typedef struct {
  guint64 address;
  guint64 size;
} Block;

static gboolean
take (Span *span, gsize size, Span *part)
{
  if (size > span->left)
    return FALSE;
  if (part != NULL)
    *part = (Span){ span->data, size };
  span->data += size;
  span->left -= size;
  return TRUE;
}

static gboolean
take_number (Span *span, guint bytes, guint64 *value)
{
  Span part;

  if (!take (span, bytes, &part))
    return FALSE;
  *value = lstm_hdf5_get_le (part.data, bytes);
  return TRUE;
}

/* Number of elements of a dataspace message. */
static gboolean
check_space (Span space, guint64 *count)
{
  guint64 version, rank, flags, rest;

  *count = 1;
  if (!take_number (&space, 1, &version) || !take_number (&space, 1, &rank) ||
      !take_number (&space, 1, &flags) ||
      !take_number (&space, version == 1 ? 5 : 1, &rest) || rank > 32 ||
      space.left < rank * 8 * (1 + (flags & 1)))
    return FALSE;
  if (version >= 2 && rest == 2)
    *count = 0;
  for (guint64 i = 0; i < rank; i++) {
    guint64 length;

    if (!take_number (&space, 8, &length) ||
        !g_uint64_checked_mul (count, *count, length))
      return FALSE;
  }
  return TRUE;
}

/* Size of an element of a datatype message. Classes that Keras writes are held
 * to the properties that they must have: whole numbers 0, floats 1, strings 3,
 * variable length 9 with a type of its own. */
static gboolean
check_type (Span type, guint nesting, guint64 *size)
{
  guint64 class_and_version, bits, inner;

  if (!take_number (&type, 1, &class_and_version) ||
      !take_number (&type, 3, &bits) || !take_number (&type, 4, size))
    return FALSE;
  switch (class_and_version & 0x0f) {
    case 0:
      return type.left >= 4;
    case 1:
      return type.left >= 12;
    case 9:
      return *size == 16 && nesting < 4 &&
             check_type (type, nesting + 1, &inner);
    default:
      return TRUE;
  }
}

/* Version 1 pads each part to 8 bytes. */
static gboolean
take_part (Span *span, guint64 version, guint64 size, Span *part)
{
  return take (span, version == 1 ? (size + 7) & ~(guint64) 7 : size, part);
}

static gboolean
check_attribute (Span message)
{
  guint64 version, flags, name_size, type_size, space_size;
  guint64 element, count, total;
  Span name, type, space;

  if (!take_number (&message, 1, &version) ||
      !take_number (&message, 1, &flags) ||
      !take_number (&message, 2, &name_size) ||
      !take_number (&message, 2, &type_size) ||
      !take_number (&message, 2, &space_size) || version < 1 || version > 3 ||
      (version >= 2 && flags != 0) ||
      (version == 3 && !take (&message, 1, NULL)))
    return FALSE;
  if (!take_part (&message, version, name_size, &name) ||
      memchr (name.data, '\0', name.left) == NULL ||
      !take_part (&message, version, type_size, &type) ||
      !take_part (&message, version, space_size, &space) ||
      !check_type (type, 0, &element) || !check_space (space, &count))
    return FALSE;
  return g_uint64_checked_mul (&total, element, count) && total <= message.left;
}

static gboolean
add_block (Header *header, Span message)
{
  Block block;

  if (header->blocks->len >= MAX_BLOCKS ||
      !take_number (&message, 8, &block.address) ||
      !take_number (&message, 8, &block.size))
    return FALSE;
  g_array_append_val (header->blocks, block);
  return TRUE;
}

static gboolean
check_messages (Header *header, Span block)
{
  gboolean old = header->version == 1;
  gsize prefix = old ? 8 : header->flags & 4 ? 6 : 4;

  while (block.left >= prefix) {
    guint64 type, size, flags;
    Span message;

    if (!take_number (&block, old ? 2 : 1, &type) ||
        !take_number (&block, 2, &size) || !take_number (&block, 1, &flags) ||
        !take (&block, old ? 3 : prefix - 4, NULL) ||
        !take (&block, size, &message))
      return FALSE;
    if (type == MESSAGE_CONTINUATION && !add_block (header, message))
      return FALSE;
    if (type == MESSAGE_ATTRIBUTE &&
        ((flags & MESSAGE_SHARED) != 0 || !check_attribute (message)))
      return FALSE;
  }
  return TRUE;
}

/* Version 2 has a signature before and a checksum behind each block. */
static gboolean
check_block (Header *header, const Block *block)
{
  g_autofree guint8 *data = NULL;
  Span span;

  if (block->size > MAX_BLOCK || block->size > header->file->size)
    return FALSE;
  data = g_malloc (MAX (block->size, 1));
  if (!lstm_hdf5_read_at (header->file, block->address, data, block->size))
    return FALSE;
  span = (Span){ data, block->size };
  if (header->version == 2) {
    if (span.left < 8 || memcmp (span.data, "OCHK", 4) != 0)
      return FALSE;
    span = (Span){ data + 4, span.left - 8 };
  }
  return check_messages (header, span);
}

/* What stands before the messages of the first block, and how long they are. */
static gboolean
read_prefix (Header *header, guint64 address, Block *first)
{
  guint8 data[32] = { 0 };
  gsize at;

  if (!lstm_hdf5_read_at (header->file, address, data, 16))
    return FALSE;
  header->version = data[0] == 1 ? 1 : 2;
  if (header->version == 1) {
    *first = (Block){ address + 16, lstm_hdf5_get_le (data + 8, 4) };
    return TRUE;
  }
  if (memcmp (data, "OHDR\x02", 5) != 0)
    return FALSE;
  header->flags = data[5];
  at = 6 + (header->flags & 0x20 ? 16 : 0) + (header->flags & 0x10 ? 4 : 0);
  if (!lstm_hdf5_read_at (
          header->file, address + at, data, 1u << (header->flags & 3)))
    return FALSE;
  first->size = lstm_hdf5_get_le (data, 1u << (header->flags & 3));
  first->address = address + at + (1u << (header->flags & 3));
  return TRUE;
}

static gboolean
check_first_block (Header *header, const Block *first)
{
  g_autofree guint8 *data = NULL;

  if (first->size > MAX_BLOCK || first->size > header->file->size)
    return FALSE;
  data = g_malloc (MAX (first->size, 1));
  return lstm_hdf5_read_at (header->file, first->address, data, first->size) &&
         check_messages (header, (Span){ data, first->size });
}

gboolean
lstm_hdf5_check_header (LstmHdf5 *file, hid_t object)
{
  g_autoptr (GArray) blocks = g_array_new (FALSE, TRUE, sizeof (Block));
  Header header = { .file = file, .blocks = blocks };
  ObjectInfo info;
  Block first = { 0 };

  if (H5Oget_info2 (object, &info, H5O_INFO_BASIC) < 0 ||
      !read_prefix (&header, info.addr, &first) ||
      !check_first_block (&header, &first))
    return FALSE;
  for (guint i = 0; i < blocks->len; i++) {
    Block block = g_array_index (blocks, Block, i);

    if (!check_block (&header, &block))
      return FALSE;
  }
  return TRUE;
}
