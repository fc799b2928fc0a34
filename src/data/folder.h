#ifndef PL_DATA_FOLDER_H
#define PL_DATA_FOLDER_H
/* Folders of JPEG and PNG files, one folder a class: DIR/cat/1.jpg. */

#include "data/images.h"

/** Reads a folder; class k is the k-th folder by name, and its files follow by name. Hidden files
 *  and files that do not end in .jpg, .jpeg or .png are passed over. Always three channels;
 *  out->name is left to the caller.
 *  Given     side     the images become side x side (pl_picture_fit); 0: they are taken as they
 *                     are, and must all be of one size
 *            limit    no more than the first `limit` images; 0: all
 *  Status    PL_EIO | PL_EINPUT no class folders, an empty one, a damaged image | PL_ESHAPE images
 *            of different sizes, one smaller than `side` | PL_ENOMEM
 *            (the file is named) */
pl_status pl_folder_read(pl_ctx *ctx, const char *dir, size_t side, size_t limit, pl_images *out);

#endif
