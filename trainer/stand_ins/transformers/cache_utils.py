from fla.models.utils import Cache

DynamicCache = Cache
