"""HTTP of this capability."""

from fastapi import APIRouter

router = APIRouter(prefix="/api")
