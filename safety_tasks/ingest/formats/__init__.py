"""Read deliveries in the formats that labelling tools write: YOLO, COCO JSON, Pascal VOC; folders or one archive.

Own readers, since none of the kept importers is strict: pycocotools 2.0 and faster-coco-eval 1.8 take NaN, supervision
0.31 boxes far outside the picture and annotations of unknown images, and datumaro 1.13 checks types but not values.
"""
