/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "unmappable.h"

typedef GstAllocator UnmappableAllocator;
typedef GstAllocatorClass UnmappableAllocatorClass;

static GType unmappable_allocator_get_type (void);
G_DEFINE_TYPE (UnmappableAllocator, unmappable_allocator, GST_TYPE_ALLOCATOR)

static gpointer
refuse_map (GstMemory *memory, gsize size, GstMapFlags flags)
{
  return NULL;
}

static void
free_memory (GstAllocator *allocator, GstMemory *memory)
{
  g_free (memory);
}

static void
unmappable_allocator_class_init (UnmappableAllocatorClass *klass)
{
  klass->free = free_memory;
}

static void
unmappable_allocator_init (UnmappableAllocator *allocator)
{
  GST_OBJECT_FLAG_SET (allocator, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC);
  allocator->mem_type = "unmappable";
  allocator->mem_map = refuse_map;
}

GstBuffer *
unmappable_buffer_new (gsize size)
{
  g_autoptr (GstAllocator) allocator = gst_object_ref_sink (
      g_object_new (unmappable_allocator_get_type (), NULL));
  GstMemory *memory = g_new0 (GstMemory, 1);
  GstBuffer *buffer = gst_buffer_new ();

  gst_memory_init (memory, 0, allocator, NULL, size, 0, 0, size);
  gst_buffer_append_memory (buffer, memory);
  return buffer;
}
