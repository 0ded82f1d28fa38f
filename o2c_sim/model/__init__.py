"""The company as data: pydantic models, their distributions and provenance, YAML loading.

=====================  =====================================================
CompanyModel           one company's order-to-cash cycle
Parameter              a value with its provenance
fingerprint            SHA-256 of a model's content
load_company           read and validate a model file or a reference company
override               other values by path, validated
parameters             every parameter of a model with its path
reference_names        the reference companies that ship
=====================  =====================================================
"""

from o2c_sim.model.company import CompanyModel
from o2c_sim.model.loading import fingerprint, load_company, parameters, reference_names
from o2c_sim.model.override import override
from o2c_sim.model.parameter import Parameter

__all__ = [
    "CompanyModel",
    "Parameter",
    "fingerprint",
    "load_company",
    "override",
    "parameters",
    "reference_names",
]
